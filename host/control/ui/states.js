// How a state looks: each has its word and a sign of its own, so that none is told by its colour alone.
import {h, icon, setText} from './dom.js';

const kLooks = {
    good: 'ready',
    busy: 'progress',
    leaving: 'leaving',
    bad: 'trouble',
    idle: 'idle',
};

const kKinds = {
    ready: 'good',
    running: 'good',
    done: 'good',
    ended: 'good',
    spawning: 'busy',
    starting: 'busy',
    waiting: 'busy',
    loading: 'busy',
    stopping: 'leaving',
    killing: 'bad',
    backoff: 'bad',
    failed: 'bad',
    threw: 'bad',
    lost: 'bad',
    stopped: 'idle',
    removed: 'idle',
    replaced: 'idle',
};

// A state that a later host knows and this page does not looks like nothing special.
export function kindOf(state) {
    return kKinds[state] ?? 'idle';
}

// The state as a word with its sign: {element, show(state)}.
export class Pill {
    #word = h('span');
    #state = null;
    element = h('span', {class: 'pill'}, this.#word);

    show(state) {
        if (this.#state === state) return;
        this.#state = state;
        const kind = kindOf(state);
        this.element.dataset.kind = kind;
        this.element.replaceChildren(icon(kLooks[kind]), this.#word);
        setText(this.#word, state);
    }
}
