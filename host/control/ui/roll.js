// The slots of a group, and how an operation moves through them.
import {arrange, h, icon, setAttribute, setText, show} from './dom.js';
import {duration, plural} from './format.js';
import {kindOf} from './states.js';

const kMostNamed = 48; // slots with their id in them; of more they are too small
const kMostDrawn = 2000;

const kKindNames = {
    exit: 'Restart',
    reload: 'Reload',
    scale: 'Scaling',
    start: 'Start',
    stop: 'Stop',
    upgrade: 'Upgrade of the host',
};

const kPhases = {
    loading: 'the new plugin is being tried',
    surging: 'the first new child has to become ready',
    replacing: '',
    reverting: 'is being taken back',
    leaving: 'the last old process leaves',
};

export function isOver({state}) {
    return state !== 'running' && state !== 'waiting';
}

export function operationName({kind, group, generation}) {
    const of = group === null ? '' : ` of ${group}`;
    return (kKindNames[kind] ?? kind) + of + (generation === null ? '' : ` to generation ${generation}`);
}

function stepsOf(operation, children) {
    if (operation.group !== null) return operation.children;
    const ids = new Set(children.map(({id}) => id));
    return operation.children.filter(({id}) => ids.has(id));
}

// Whether it is about this group.
export function concerns(operation, group) {
    return operation.group === group || (operation.group === null && operation.kind !== 'upgrade');
}

// How far it is, in one sentence without its name.
export function progressOf(operation, steps, total) {
    const took = duration(operation.durationMs);
    if (operation.state === 'done') return `done in ${took}`;
    if (isOver(operation)) return `${operation.state}: ${operation.reason || 'no reason was given'}`;
    if (operation.state === 'waiting') return operation.reason || 'waits for another operation to end';
    const busy = steps.filter(({state}) => state === 'running');
    const over = steps.filter(({state}) => state === 'ready' || state === 'stopped').length;
    const parts = [kPhases[operation.phase] ?? operation.phase];
    if (busy.length > 0)
        parts.push(
            `${operation.kind === 'reload' ? 'replacing ' : ''}${
                busy.length > 3
                    ? plural(busy.length, 'child', 'children')
                    : `child ${busy.map(({id}) => id).join(', ')}`
            }`,
        );
    parts.push(`${over} of ${total} done`);
    const held = busy.find(({reason}) => reason !== '');
    if (held) parts.push(held.reason);
    return [...parts.filter((part) => part !== ''), took].join(' · ');
}

// The latest operation of a group. Stays when it has failed, until it is dismissed or there is another one.
export class OperationView {
    #name = h('strong');
    #text = h('span', {class: 'roll-text'});
    #bar = h('progress', {});
    #dismiss = h(
        'button',
        {type: 'button', class: 'quiet icon-only', 'aria-label': 'Dismiss'},
        icon('close'),
    );
    #dismissed = null;
    #shown = null;
    element = h(
        'div',
        {class: 'roll', hidden: true},
        h('div', {class: 'roll-head'}, this.#name, this.#text, this.#dismiss),
        this.#bar,
    );

    constructor() {
        this.#dismiss.addEventListener('click', () => {
            this.#dismissed = this.#shown;
            show(this.element, false);
        });
    }

    update(operation, group, children) {
        show(this.element, operation !== null && operation.id !== this.#dismissed);
        if (operation === null) return;
        this.#shown = operation.id;
        const steps = stepsOf(operation, children);
        const total = Math.max(operation.kind === 'reload' ? group.count : 0, steps.length);
        const over = steps.filter(({state}) => state !== 'running').length;
        this.element.dataset.state = operation.state;
        setText(this.#name, operationName(operation));
        setText(this.#text, progressOf(operation, steps, total));
        setAttribute(this.#bar, 'aria-label', operationName(operation));
        setAttribute(this.#bar, 'max', Math.max(1, total));
        setAttribute(this.#bar, 'value', operation.state === 'done' ? Math.max(1, total) : over);
        show(this.#dismiss, isOver(operation));
    }
}

// Which of its states a slot is in: where a reload moves along, what has become of the slot in it.
function look(child, operation, steps) {
    if (operation === null || operation.kind !== 'reload' || isOver(operation)) return kindOf(child.state);
    const step = steps.get(child.id);
    if (step === undefined) return child.generation === operation.generation ? 'good' : 'ahead';
    return {running: 'replacing', failed: 'bad'}[step.state] ?? 'good';
}

const kLegend = [
    ['good', 'ready'],
    ['busy', 'starting'],
    ['leaving', 'stopping'],
    ['bad', 'in trouble'],
    ['idle', 'stopped'],
    ['replacing', 'being replaced'],
    ['ahead', 'still to be replaced'],
];

// A picture of all slots: one square each. The table has the same in words; the legend counts.
export class SlotMap {
    #tiles = new Map();
    #squares = h('div', {class: 'slots', 'aria-hidden': 'true'});
    #legend = h('p', {class: 'legend'});
    element = h('div', {class: 'slot-map'}, this.#squares, this.#legend);

    update(children, operation) {
        const slots = children.slice(0, kMostDrawn);
        const steps = new Map(operation === null ? [] : operation.children.map((step) => [step.id, step]));
        const counts = new Map();
        const named = children.length <= kMostNamed;
        setAttribute(this.#squares, 'data-small', named ? null : 'true');
        for (const id of this.#tiles.keys())
            if (!slots.some((child) => child.id === id)) this.#tiles.delete(id);
        const wanted = slots.map((child) => {
            let tile = this.#tiles.get(child.id);
            if (tile === undefined) this.#tiles.set(child.id, (tile = h('i', {})));
            const kind = look(child, operation, steps);
            counts.set(kind, (counts.get(kind) ?? 0) + 1);
            if (tile.dataset.kind !== kind) tile.dataset.kind = kind;
            setAttribute(tile, 'data-extra', child.standsIn ? 'true' : null);
            setText(tile, named ? String(child.id) : '');
            setAttribute(tile, 'title', `Child ${child.id}: ${child.state}`);
            return tile;
        });
        arrange(this.#squares, wanted);
        setText(
            this.#legend,
            kLegend
                .filter(([kind]) => counts.has(kind))
                .map(([kind, words]) => `${counts.get(kind)} ${words}`)
                .join(' · ') || 'no children',
        );
    }
}
