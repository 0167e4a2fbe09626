// A group as a card: what it is, what it does at the moment, its slots and its children.
import {actionButton, reloadGroup, restartGroup, scaleGroup, startGroup, stopGroup} from './actions.js';
import {arrange, h, setText, show} from './dom.js';
import {cpu, memory, number, plural, rate} from './format.js';
import {OperationView, SlotMap} from './roll.js';
import {ChildRow, kColumns, matches} from './row.js';
import {Pill} from './states.js';
import {Sparkline} from './trends.js';

const kRowsAtOnce = 50;
const kMoreRows = 200;

// A number with its name and its chart.
class Gauge {
    #value = h('span', {class: 'value'});
    #chart = new Sparkline();
    element;

    constructor(name, charted = true) {
        this.element = h(
            'div',
            {class: 'gauge'},
            h('dt', {}, name),
            h('dd', {}, this.#value, charted ? this.#chart.element : null),
        );
    }

    update(text, values = [], least = 0) {
        setText(this.#value, text);
        this.#chart.draw(values, least);
    }
}

export class GroupCard {
    #group = null;
    #most = 10_000; // children it may be scaled to
    #rows = new Map(); // by id
    #limit = kRowsAtOnce;
    #find;
    #more;
    #pill = new Pill();
    #plugin = h('span', {class: 'sub'});
    #ready = new Gauge('Ready', false);
    #memory = new Gauge('Memory');
    #cpu = new Gauge('CPU');
    #requests = new Gauge('Requests');
    #notices = h('div', {class: 'notices'});
    #operation = new OperationView();
    #slots = new SlotMap();
    #body = h('tbody', {role: 'rowgroup'});
    #table;
    #none = h('p', {class: 'empty', hidden: true});
    #moreButton = h('button', {type: 'button', class: 'more', hidden: true});
    #start;
    #running;
    element;

    // `find(id)` gives a child as it is now; `more()` is called when more rows are wanted.
    constructor(name, find, more) {
        this.#find = find;
        this.#more = more;
        const action = (label, symbol, act) =>
            actionButton({
                label,
                symbol,
                name: `${label} ${name}`,
                act: () => act(this.#group, this.#most),
            });
        this.#start = action('Start', 'start', startGroup);
        this.#running = [
            action('Reload', 'reload', reloadGroup),
            action('Restart all', 'restart', restartGroup),
            action('Scale', 'scale', scaleGroup),
            action('Stop', 'stop', stopGroup),
        ];
        const title = `group-${encodeURIComponent(name)}`;
        this.#table = h(
            'table',
            {role: 'table', 'aria-label': `Children of ${name}`},
            h(
                'thead',
                {role: 'rowgroup'},
                h(
                    'tr',
                    {role: 'row'},
                    ...kColumns.map((column) => h('th', {role: 'columnheader', scope: 'col'}, column)),
                ),
            ),
            this.#body,
        );
        this.#moreButton.addEventListener('click', () => {
            this.#limit += kMoreRows;
            this.#more();
        });
        this.element = h(
            'article',
            {class: 'card', 'aria-labelledby': title},
            h(
                'header',
                {class: 'card-head'},
                h('div', {class: 'card-title'}, h('h3', {id: title}, name), this.#pill.element, this.#plugin),
                h('div', {class: 'card-actions'}, this.#start, ...this.#running),
            ),
            h(
                'dl',
                {class: 'gauges'},
                this.#ready.element,
                this.#memory.element,
                this.#cpu.element,
                this.#requests.element,
            ),
            this.#notices,
            this.#operation.element,
            this.#slots.element,
            this.#table,
            this.#none,
            this.#moreButton,
        );
    }

    // `children`: of this group, in order of id; `operation`: the latest, or null.
    update({group, children, operation, filter, trends, options, now}) {
        this.#group = group;
        this.#most = Number(
            options[`plugin.${group.name}.maxCount`] ?? options['cluster.maxCount'] ?? this.#most,
        );
        this.#pill.show(group.state);
        const {name, version} = group.plugin;
        setText(this.#plugin, [`${name} ${version}`.trim(), `generation ${group.generation}`].join(' · '));
        show(this.#start, group.state === 'stopped');
        for (const button of this.#running)
            show(button, group.state !== 'stopped' && group.state !== 'removed');
        this.#showSums(children, trends);
        this.#showNotices();
        this.#operation.update(operation, group, children);
        this.#slots.update(children, operation);
        this.#showRows(children, filter, trends, now);
    }

    tick(now) {
        for (const row of this.#rows.values()) row.tick(now);
    }

    #showSums(children, trends) {
        const trend = trends.of(`group ${this.#group.name}`);
        const known = children.filter(({rssKiB}) => rssKiB !== null);
        this.#ready.update(`${number(this.#group.ready)} of ${number(this.#group.count)}`);
        this.#memory.update(memory(known.length === 0 ? null : trend.memory.last), trend.memory.values, 4096);
        this.#cpu.update(cpu(trend.cpu.last), trend.cpu.values, 10);
        this.#requests.update(rate(trend.requests.last), trend.requests.values, 1);
    }

    #showNotices() {
        const {reason, failedReload, runMaster} = this.#group;
        const notices = [];
        if (reason !== '') notices.push(['warning', reason]);
        if (failedReload !== null)
            notices.push([
                'problem',
                `The reload to generation ${failedReload.generation} failed: ${failedReload.reason}`,
            ]);
        if (runMaster.state !== 'none') {
            const where = runMaster.isolated ? ` in process ${runMaster.pid ?? '–'}` : '';
            notices.push([
                'note',
                `run_master: ${runMaster.state}${where}${runMaster.reason ? `: ${runMaster.reason}` : ''}`,
            ]);
        }
        const texts = notices.map(([, text]) => text);
        const same =
            texts.length === this.#notices.children.length &&
            texts.every((text, i) => text === this.#notices.children[i].textContent);
        if (same) return;
        this.#notices.replaceChildren(...notices.map(([kind, text]) => h('p', {class: kind}, text)));
    }

    #showRows(children, filter, trends, now) {
        const found = children.filter((child) => matches(child, filter));
        const shown = found.slice(0, this.#limit);
        const ids = new Set(shown.map(({id}) => id));
        for (const id of this.#rows.keys()) if (!ids.has(id)) this.#rows.delete(id);
        arrange(
            this.#body,
            shown.map((child) => {
                let row = this.#rows.get(child.id);
                if (row === undefined)
                    this.#rows.set(child.id, (row = new ChildRow(child.id, () => this.#find(child.id))));
                row.update(child, child.id === this.#group.first, trends.of(`child ${child.id}`), now);
                return row.element;
            }),
        );
        show(this.#table, shown.length > 0);
        show(this.#none, shown.length === 0 && children.length > 0);
        setText(
            this.#none,
            `None of its ${plural(children.length, 'child', 'children')} matches the filter.`,
        );
        const rest = found.length - shown.length;
        show(this.#moreButton, rest > 0);
        setText(this.#moreButton, `Show ${number(Math.min(rest, kMoreRows))} more of ${number(rest)}`);
    }
}
