// Keeps the page's picture of the host fresh: reads the status, follows the events, notices when the host is
// gone and comes back by itself.
import {get, Refusal, stream, Unreachable} from './api.js';

const kRest = 1000; // the least between two readings of the status
const kIdle = 3000; // the most: memory, CPU and uptimes make no events
const kFirstRetry = 300; // one failure is nothing to speak of: a host that upgrades itself is soon back
const kLongestRetry = 15_000;
const kPatience = 4000; // for a reading, at least
const kNoStream = 15_000; // after the host has refused the stream
const kMostOperations = 8; // followed at a time

// Tells its listener:
//   operation(document)        how far one is; once more when it is over
//   status(document)           what GET / says; after the operations that were read with it
//   event(event)               something happened
//   gap({from, to})            these events are lost
//   stream({open, sentence})   whether events come; if not, why
//   connection({state, ...})   'connecting', 'live', 'lost' {retryAt, sentence}, or
//                              'locked' {sentence}: it wants a token
export class Live {
    #listener;
    #abort = null; // of everything that runs; null: nothing does
    #hurry = () => {}; // ends the pause between two readings
    #poked = false; // a reading is due as soon as the rest is over
    #failures = 0;
    #took = 0; // by the last good reading, in ms
    #state = 'connecting';
    #becameLive = []; // who waits for that
    #lastId = ''; // of the events
    #operations = new Set(); // that are not over
    #searched = false; // for those that began before

    constructor(listener) {
        this.#listener = listener;
    }

    start() {
        if (this.#abort !== null) return;
        this.#abort = new AbortController();
        this.#run(this.#readStatus(this.#abort.signal));
        this.#run(this.#followEvents(this.#abort.signal));
    }

    // A page that nobody sees costs the host nothing.
    stop() {
        this.#abort?.abort();
        this.#abort = null;
        this.#hurry(0);
    }

    // Something has changed: reads again, but not more often than is good.
    poke() {
        this.#poked = true;
        if (this.#failures === 0) this.#hurry(kRest);
    }

    tryNow() {
        this.#hurry(0);
    }

    // Follows an operation until it is over.
    track(id) {
        this.#operations.add(id);
        this.poke();
    }

    #run(loop) {
        loop.catch((error) => {
            // A defect of this page, not the host's answer.
            this.#tell('lost', {retryAt: null, sentence: `This page has failed: ${error}`});
            throw error;
        });
    }

    #tell(state, more = {}) {
        this.#state = state;
        this.#listener.connection({state, ...more});
        if (state !== 'live') return;
        for (const goOn of this.#becameLive) goOn();
        this.#becameLive = [];
    }

    async #readStatus(signal) {
        while (!signal.aborted) {
            const begun = Date.now();
            this.#poked = false;
            try {
                const status = await get('./', {
                    patience: Math.max(kPatience, 5 * this.#took),
                    took: (ms) => (this.#took = ms),
                });
                if (signal.aborted) return;
                await this.#readOperations(status);
                if (signal.aborted) return;
                this.#failures = 0;
                this.#listener.status(status);
                if (this.#state !== 'live') this.#tell('live');
            } catch (error) {
                if (signal.aborted) return;
                if (!(error instanceof Refusal || error instanceof Unreachable)) throw error;
                this.#failed(error);
            }
            await this.#pause(begun);
        }
    }

    #failed(error) {
        this.#failures += 1;
        if (error instanceof Refusal && error.status === 401)
            return this.#tell('locked', {sentence: error.message});
        if (this.#failures > 1)
            this.#tell('lost', {
                retryAt: Date.now() + this.#restAfterFailure(),
                sentence: error.message,
            });
    }

    #restAfterFailure() {
        if (this.#state === 'locked') return Infinity;
        return Math.min(kLongestRetry, kFirstRetry * 2 ** (this.#failures - 1));
    }

    // A host that takes long to answer is asked less often.
    #pause(begun) {
        const load = 4 * this.#took;
        const [least, most] =
            this.#failures > 0
                ? [this.#restAfterFailure(), this.#restAfterFailure()]
                : [Math.max(kRest, load), Math.max(this.#operations.size > 0 ? kRest : kIdle, load)];
        return new Promise((resolve) => {
            let timer = 0;
            const until = (rest) => {
                clearTimeout(timer);
                if (rest !== Infinity) timer = setTimeout(resolve, Math.max(0, begun + rest - Date.now()));
            };
            this.#hurry = (rest) => until(rest === 0 ? 0 : Math.max(rest, least));
            until(this.#poked && this.#failures === 0 ? least : most);
        });
    }

    // Where one runs that began before this page did, the group's phase shows it. The whole list may be long,
    // and children that are replaced for their age are no operation: so it is looked for once.
    async #readOperations(status) {
        const rolling = status.groups.some((group) => group.phase !== '');
        const search = rolling && !this.#searched && this.#operations.size === 0;
        this.#searched = rolling;
        if (search)
            for (const operation of (await get('operations')).operations)
                if (isRunning(operation)) this.#operations.add(operation.id);
        const ids = [...this.#operations].slice(0, kMostOperations);
        await Promise.all(ids.map((id) => this.#readOperation(id)));
    }

    async #readOperation(id) {
        try {
            const operation = await get(`operations/${id}`);
            this.#listener.operation(operation);
            if (isRunning(operation)) return;
        } catch (error) {
            if (!(error instanceof Refusal) || error.status !== 404) throw error;
        }
        this.#operations.delete(id);
    }

    async #followEvents(signal) {
        for (let failures = 0; !signal.aborted; failures += 1) {
            await this.#whenLive();
            if (signal.aborted) return;
            let rest = Math.min(kLongestRetry, 500 * 2 ** failures);
            try {
                await stream('events?tail=100', {
                    lastId: this.#lastId,
                    signal,
                    opened: () => {
                        failures = 0;
                        this.#listener.stream({open: true});
                    },
                    deliver: (event) => this.#take(event),
                });
                rest = 500; // the host ended it: it stops, or we were too slow
            } catch (error) {
                if (signal.aborted) return;
                if (error instanceof Refusal && error.status !== 401) {
                    this.#listener.stream({open: false, sentence: error.message});
                    rest = kNoStream;
                } else if (!(error instanceof Refusal || error instanceof Unreachable)) {
                    throw error;
                }
            }
            if (this.#state === 'live') this.tryNow(); // the stream's end is the first sign of the host's
            await sleep(rest, signal);
        }
    }

    #whenLive() {
        if (this.#state === 'live') return Promise.resolve();
        return new Promise((resolve) => this.#becameLive.push(resolve));
    }

    #take({id, kind, data}) {
        if (id !== '') this.#lastId = id;
        const event = JSON.parse(data);
        this.poke();
        if (kind === 'gap') return this.#listener.gap(event);
        if (event.kind === 'operation' && isRunning(event)) this.#operations.add(event.operation);
        this.#listener.event(event);
    }
}

function isRunning({state}) {
    return state === 'running' || state === 'waiting';
}

function sleep(ms, signal) {
    return new Promise((resolve) => {
        const timer = setTimeout(resolve, ms);
        signal.addEventListener(
            'abort',
            () => {
                clearTimeout(timer);
                resolve();
            },
            {once: true},
        );
    });
}
