// One child in full: every fact of it, what it says of itself, and its log as it grows.
import {actionButton, levelChoice, restartChild, setChildLogLevel, showLevel} from './actions.js';
import {Refusal, stream, Unreachable} from './api.js';
import {crashLink} from './crash.js';
import {openDialog} from './dialogs.js';
import {h, setAttribute, setText, show} from './dom.js';
import {duration, exitText, memory, moment, number} from './format.js';

const kLines = 1000; // of the log, kept on the page
const kTail = 100;
const kRetry = 2000;

let refreshOpen = () => {};

// Called when there is a new status.
export function refreshOpenChild() {
    refreshOpen();
}

function factsOf(child) {
    const exit = child.lastExit;
    return [
        ['State', child.reason === '' ? child.state : `${child.state}: ${child.reason}`],
        ['Group', `${child.group}, index ${child.index}, generation ${child.generation}`],
        ['Process', child.pid === null ? 'none' : `pid ${child.pid}, since ${moment(child.startTime)}`],
        ['Restarts', number(child.restarts)],
        ['Memory', memory(child.rssKiB)],
        ['CPU time', duration(child.cpuMs)],
        [
            'Requests',
            child.requests === null ? '–' : `${number(child.requests)}, ${number(child.held)} in hand`,
        ],
        ['Reported', child.reportedAt === null ? 'not yet' : moment(child.reportedAt)],
        [
            'Dropped',
            `${number(child.droppedLogRecords)} log records, ${number(child.droppedMessages)} messages`,
        ],
        [
            'Last exit',
            exit === null
                ? 'none'
                : `${exitText(exit)}, ${moment(exit.at)}, after ${duration(exit.uptimeMs)}`,
        ],
        [
            'Own status',
            child.status === null || child.status === undefined ? '–' : JSON.stringify(child.status),
        ],
    ];
}

export function openChild(id, find) {
    const values = new Map();
    const facts = h(
        'dl',
        {class: 'facts'},
        ...factsOf(find()).map(([name]) => {
            const value = h('dd');
            values.set(name, value);
            return h('div', {}, h('dt', {}, name), value);
        }),
    );
    const crash = h('p', {class: 'crash'});
    const gone = h(
        'p',
        {class: 'warning', hidden: true},
        'This child is gone: its group was scaled down or removed.',
    );
    const level = levelChoice({
        name: `Log level of child ${id}`,
        id: 'child-level',
        ask: (wanted) => setChildLogLevel(wanted, find() ?? last),
    });
    let last = find();
    let crashId = null;
    const refresh = () => {
        const child = find();
        show(gone, child === undefined);
        if (child === undefined) return;
        last = child;
        for (const [name, text] of factsOf(child)) setText(values.get(name), text);
        showLevel(level, child.logLevel);
        const report = child.lastExit?.crash ?? null;
        if (report === crashId) return;
        crashId = report;
        crash.replaceChildren(
            ...(report === null ? [] : [crashLink(report, 'Its last process crashed: the report')]),
        );
    };
    const log = new LogView(id);
    const tools = h(
        'div',
        {class: 'card-actions'},
        actionButton({
            label: 'Restart',
            name: `Restart child ${id}`,
            symbol: 'restart',
            act: () => restartChild(last),
        }),
        h('label', {for: 'child-level'}, 'Log level'),
        level,
    );
    refresh();
    refreshOpen = refresh;
    openDialog({
        title: `Child ${id}`,
        kind: 'side',
        content: [h('div', {class: 'dialog-body'}, tools, gone, crash, facts, log.element)],
        closed: () => {
            log.close();
            refreshOpen = () => {};
        },
    });
}

const kSerious =
    /^\S+ (?:\S+ )?(warn|warning|error|fatal|critical)\b|"level":"(warn|warning|error|fatal|critical)"/i;

// The end of a child's log, followed until it is closed. Stays where the reader has scrolled to.
class LogView {
    #lines = h('div', {
        class: 'log',
        role: 'log',
        'aria-live': 'off',
        tabindex: '0',
    });
    #note = h('p', {class: 'note', role: 'status'});
    #abort = new AbortController();
    #pending = [];
    element;

    constructor(id) {
        setAttribute(this.#lines, 'aria-label', `Log of child ${id}, as it grows`);
        this.element = h(
            'section',
            {class: 'log-part', 'aria-label': 'Log'},
            h('h3', {}, 'Log'),
            this.#note,
            this.#lines,
        );
        this.#follow(`children/${id}/log?tail=${kTail}&follow=1`, this.#abort.signal);
    }

    close() {
        this.#abort.abort();
    }

    async #follow(path, signal) {
        while (!signal.aborted) {
            setText(this.#note, 'Connecting …');
            try {
                await stream(path, {
                    signal,
                    opened: () => {
                        this.#lines.replaceChildren(); // the tail comes again
                        setText(this.#note, `Following the log, from its last ${kTail} lines on.`);
                    },
                    deliver: ({data}) => this.#add(data),
                });
                setText(this.#note, 'The host has ended the stream; it goes on in a moment.');
            } catch (error) {
                if (signal.aborted) return;
                if (!(error instanceof Refusal || error instanceof Unreachable)) throw error;
                setText(this.#note, error.message);
                if (error instanceof Refusal && error.status !== 503) return;
            }
            await new Promise((resolve) => setTimeout(resolve, kRetry));
        }
    }

    // Many lines at once are drawn once.
    #add(line) {
        this.#pending.push(line);
        if (this.#pending.length > 1) return;
        setTimeout(() => {
            const log = this.#lines;
            const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 24;
            log.append(
                ...this.#pending.slice(-kLines).map((text) => {
                    const serious = kSerious.exec(text);
                    const level = (serious?.[1] ?? serious?.[2] ?? '').toLowerCase();
                    return h(
                        'div',
                        {class: level === '' ? null : level.startsWith('warn') ? 'warn' : 'error'},
                        text,
                    );
                }),
            );
            this.#pending = [];
            while (log.children.length > kLines) log.firstElementChild.remove();
            if (atEnd) log.scrollTop = log.scrollHeight;
        }, 50);
    }
}
