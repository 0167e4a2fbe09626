// What the host is asked, and how it says no. All addresses are relative, so the page also works behind a
// proxy that serves it under another path.

const kTokenKey = 'clustermanager.token';
const kPatience = 10_000;
const kLongestLine = 1 << 20;

// The host has answered, with something else than was hoped for; the message is its sentence.
export class Refusal extends Error {
    constructor(status, message) {
        super(message);
        this.status = status;
    }
}

// No answer, or none in time.
export class Unreachable extends Error {}

export const token = {
    get: () => sessionStorage.getItem(kTokenKey),
    set: (text) => sessionStorage.setItem(kTokenKey, text),
    forget: () => sessionStorage.removeItem(kTokenKey),
};

let tokenAsker = async () => false;
let beingAsked = null;

// `ask(sentence)` asks the person for a token and resolves to whether there is one now.
export function askForTokensWith(ask) {
    tokenAsker = ask;
}

// One question at a time, however many requests were refused.
function askForToken(sentence) {
    beingAsked ??= tokenAsker(sentence).finally(() => (beingAsked = null));
    return beingAsked;
}

async function refusalOf(response) {
    let sentence = `The host answered with ${response.status}.`;
    try {
        const problem = JSON.parse(await response.text());
        if (typeof problem.detail === 'string' && problem.detail !== '') sentence = problem.detail;
    } catch {
        // It is no problem+json: a proxy's, perhaps.
    }
    return new Refusal(response.status, sentence);
}

// Repeats what was refused for want of a token as soon as there is another one.
async function authorized(attempt) {
    for (;;) {
        const sent = token.get();
        try {
            return await attempt(sent === null ? {} : {Authorization: `Bearer ${sent}`});
        } catch (error) {
            if (!(error instanceof Refusal) || error.status !== 401) throw error;
            const isNew = token.get() !== sent;
            if (!isNew && !(await askForToken(sent === null ? '' : 'This token was not accepted.')))
                throw error;
        }
    }
}

// The response, once it has begun with a good status.
async function send(path, options) {
    let response;
    try {
        response = await fetch(path, {cache: 'no-store', ...options});
    } catch {
        throw new Unreachable('The host does not answer.');
    }
    if (!response.ok) throw await refusalOf(response);
    return response;
}

// Each attempt has the whole time: none runs while a person looks for the token. `took(ms)` is told how long
// the one that succeeded was.
function ask(method, path, {patience = kPatience, took = () => {}} = {}) {
    return authorized(async (headers) => {
        const begun = Date.now();
        const abort = new AbortController();
        const timer = setTimeout(() => abort.abort(), patience);
        try {
            const response = await send(path, {method, headers, signal: abort.signal});
            const answer = await response.json().catch(() => {
                throw new Unreachable('The answer of the host was cut off.');
            });
            took(Date.now() - begun);
            return answer;
        } finally {
            clearTimeout(timer);
        }
    });
}

export const get = (path, options) => ask('GET', path, options);
export const post = (path, options) => ask('POST', path, options);

// Takes a stream of server-sent events apart. EventSource would do that too, but cannot send a token.
export class EventParser {
    #deliver;
    #rest = '';
    #id = '';
    #kind = '';
    #data = [];

    constructor(deliver) {
        this.#deliver = deliver;
    }

    push(text) {
        const lines = (this.#rest + text).split('\n');
        this.#rest = lines.pop();
        if (this.#rest.length > kLongestLine) throw new Unreachable('The host sends a line without an end.');
        for (const line of lines) this.#take(line.endsWith('\r') ? line.slice(0, -1) : line);
    }

    #take(line) {
        if (line === '') return this.#finish();
        const colon = line.indexOf(':');
        const field = colon < 0 ? line : line.slice(0, colon);
        const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
        if (field === 'data') this.#data.push(value);
        else if (field === 'event') this.#kind = value;
        else if (field === 'id') this.#id = value;
    }

    #finish() {
        if (this.#data.length > 0)
            this.#deliver({id: this.#id, kind: this.#kind || 'message', data: this.#data.join('\n')});
        this.#data = [];
        this.#kind = '';
    }
}

// Reads a stream until it ends or `signal` does, and hands each event to `deliver`. A silence that is longer
// than `silence` ends it too: the host sends something every 15 s. `opened` is called when the host has said
// yes.
export async function stream(path, {lastId = '', signal, silence = 40_000, opened = () => {}, deliver}) {
    const abort = new AbortController();
    const end = () => abort.abort();
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
    let timer = 0;
    const heard = () => {
        clearTimeout(timer);
        timer = setTimeout(end, silence);
    };
    try {
        const resume = lastId === '' ? {} : {'Last-Event-ID': lastId};
        const response = await authorized((headers) =>
            send(path, {headers: {...headers, ...resume, Accept: 'text/event-stream'}, signal: abort.signal}),
        );
        opened();
        const parser = new EventParser(deliver);
        const decoder = new TextDecoder();
        const reader = response.body.getReader();
        for (;;) {
            heard();
            const {done, value} = await reader.read().catch(() => {
                throw new Unreachable('The stream was cut off.');
            });
            if (done) return;
            parser.push(decoder.decode(value, {stream: true}));
        }
    } finally {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        abort.abort(); // also where deliver() has thrown
    }
}
