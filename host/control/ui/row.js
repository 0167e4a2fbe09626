// One child in the table of its group.
import {actionButton, restartChild} from './actions.js';
import {openChild} from './child.js';
import {crashLink} from './crash.js';
import {h, icon, setAttribute, setText, show} from './dom.js';
import {cpu, exitText, memory, moment, number, rate, uptime} from './format.js';
import {Pill} from './states.js';
import {Sparkline} from './trends.js';

const kLeastMemory = 4096; // KiB at the top of the chart
const kLeastCpu = 10; // percent

export const kColumns = [
    'Child',
    'State',
    'Memory',
    'CPU',
    'Requests',
    'Restarts',
    'Uptime',
    'Last exit',
    'Actions',
];

export class ChildRow {
    #child = null;
    #uptimeFrom = null; // when its process began, by this page's clock
    #name = h('button', {type: 'button', class: 'name'});
    #tags = h('span', {class: 'tags'});
    #pid = h('span', {class: 'sub'});
    #pill = new Pill();
    #reason = h('span', {class: 'sub'});
    #memory = h('span', {class: 'value'});
    #memoryChart = new Sparkline();
    #cpu = h('span', {class: 'value'});
    #cpuChart = new Sparkline();
    #requests = h('span', {class: 'value'});
    #held = h('span', {class: 'sub'});
    #restarts = h('span', {class: 'value'});
    #uptime = h('span', {class: 'value'});
    #exit = h('span', {});
    #exitAt = h('span', {class: 'sub'});
    #crash = h('span', {class: 'sub'});
    #crashId = null;
    element;

    // `find()` gives the child as it is now, for a dialog that stays open.
    constructor(id, find) {
        const open = () => openChild(id, find);
        this.#name.addEventListener('click', open);
        const actions = [
            actionButton({
                label: 'Restart',
                name: `Restart child ${id}`,
                symbol: 'restart',
                compact: true,
                act: () => restartChild(this.#child),
            }),
            h(
                'button',
                {
                    type: 'button',
                    class: 'quiet icon-only',
                    'aria-label': `Log of child ${id}`,
                    title: `Log of child ${id}`,
                    onclick: open,
                },
                icon('log'),
                h('span', {class: 'word'}, 'Log'),
            ),
        ];
        const cells = [
            [this.#name, this.#tags, this.#pid],
            [this.#pill.element, this.#reason],
            [this.#memory, this.#memoryChart.element],
            [this.#cpu, this.#cpuChart.element],
            [this.#requests, this.#held],
            [this.#restarts],
            [this.#uptime],
            [this.#exit, this.#exitAt, this.#crash],
            actions,
        ];
        // On a narrow screen the table is laid out as cards; the roles keep it a table for a screen reader.
        this.element = h(
            'tr',
            {role: 'row', 'data-child': id},
            ...cells.map((content, i) =>
                h(
                    i === 0 ? 'th' : 'td',
                    {
                        role: i === 0 ? 'rowheader' : 'cell',
                        scope: i === 0 ? 'row' : null,
                        class: `col-${kColumns[i].toLowerCase().replace(' ', '-')}`,
                        'data-label': kColumns[i],
                    },
                    ...content,
                ),
            ),
        );
        setText(this.#name, String(id));
        setAttribute(this.#name, 'aria-label', `Child ${id}, details and log`);
    }

    update(child, isFirst, trend, now) {
        this.#child = child;
        this.#uptimeFrom = child.uptimeMs === null ? null : now - child.uptimeMs;
        setAttribute(this.element, 'data-state', child.state);
        setText(
            this.#tags,
            [isFirst ? 'first' : '', child.standsIn ? 'stands in' : ''].filter(Boolean).join(', '),
        );
        show(this.#tags, this.#tags.textContent !== '');
        setText(this.#pid, child.pid === null ? 'no process' : `pid ${child.pid}`);
        this.#pill.show(child.state);
        setText(this.#reason, child.reason);
        setAttribute(this.#reason, 'title', child.reason);
        setText(this.#memory, memory(child.rssKiB));
        this.#memoryChart.draw(trend.memory.values, kLeastMemory);
        setText(this.#cpu, cpu(child.pid === null ? null : trend.cpu.last));
        this.#cpuChart.draw(trend.cpu.values, kLeastCpu);
        setText(this.#requests, number(child.requests));
        const speed = trend.requests.last;
        setText(
            this.#held,
            child.held === null ? '' : `${child.held} in hand${speed === null ? '' : ` · ${rate(speed)}`}`,
        );
        setText(this.#restarts, number(child.restarts));
        this.#showExit(child.lastExit);
        this.tick(now);
    }

    tick(now) {
        setText(this.#uptime, this.#uptimeFrom === null ? '–' : uptime(now - this.#uptimeFrom));
    }

    #showExit(exit) {
        setText(this.#exit, exitText(exit));
        setAttribute(this.#exit, 'title', exit === null ? null : exitText(exit));
        setText(this.#exitAt, exit === null ? '' : moment(exit.at));
        const crash = exit?.crash ?? null;
        if (crash === this.#crashId) return;
        this.#crashId = crash;
        this.#crash.replaceChildren(...(crash === null ? [] : [crashLink(crash)]));
    }
}

// Whether what somebody looks for is in what the row shows.
export function matches(child, {text, trouble}) {
    if (trouble && child.state === 'ready') return false;
    if (text === '') return true;
    const words = `${child.id} ${child.pid ?? ''} ${child.state} ${child.reason} ${exitText(child.lastExit)}`;
    return words.toLowerCase().includes(text);
}
