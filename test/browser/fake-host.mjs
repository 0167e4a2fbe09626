// A control port that a test makes say anything: other states than a real host can be brought into at will,
// hostile words, a thousand children. Serves the dashboard's files as they lie in the source tree, with the
// headers that a real host sends.
//
//     node fake-host.mjs [CHILDREN]      to look at it
import {createServer} from 'node:http';
import {readFile} from 'node:fs/promises';
import {fileURLToPath} from 'node:url';

const kUi = new URL('../../host/control/ui/', import.meta.url);
const kTypes = {html: 'text/html', css: 'text/css', js: 'text/javascript'};
const kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const now = () => new Date().toISOString().replace('Z', '000Z');

export function aChild(id, more = {}) {
    return {
        id,
        pid: 1000 + id,
        group: 'web',
        index: id - 1,
        standsIn: false,
        generation: 1,
        state: 'ready',
        wanted: true,
        reason: '',
        restarts: 0,
        isRestart: false,
        startTime: now(),
        uptimeMs: 61_000,
        reportedAt: now(),
        rssKiB: 20_480,
        cpuMs: 400,
        requests: 12,
        held: 1,
        droppedLogRecords: 0,
        droppedMessages: 0,
        logLevel: 'info',
        status: null,
        lastExit: null,
        ...more,
    };
}

export function aGroup(name, count, more = {}) {
    return {
        name,
        state: 'running',
        plugin: {path: `plugins/${name}.so`, name, version: '1.0'},
        generation: 1,
        generationState: 'open',
        reason: '',
        count,
        ready: count,
        minReady: 1,
        first: 1,
        phase: '',
        generations: [],
        failedReload: null,
        spawnerPid: 900,
        runMaster: {state: 'none', isolated: false, reason: '', pid: null},
        ...more,
    };
}

export function anExit(more = {}) {
    return {
        pid: 77,
        code: null,
        signal: 'SIGSEGV',
        coreDumped: false,
        text: 'signal SIGSEGV',
        reason: '',
        at: now(),
        uptimeMs: 5000,
        userMs: 1,
        systemMs: 1,
        maxRssKiB: 9000,
        crash: null,
        ...more,
    };
}

export class FakeHost {
    token = null; // what a request must carry
    role = 'operate';
    refusal = null; // {status, detail}: how every change is answered
    posts = []; // the targets of all changes
    log = ['2026-01-31T08:00:00.000Z info [web] started', '2026-01-31T08:00:01.000Z warn [web] slow'];
    crashes = new Map();
    operations = [];
    streamsRefused = null; // {status, detail}
    lastEventIds = []; // what readers of events came back with
    statusReads = 0;
    #events = [];
    #readers = new Set();
    #logReaders = new Set();
    #server = createServer((request, response) => this.#answer(request, response));

    constructor(children = 4) {
        this.status = {
            master: {
                pid: 4242,
                version: '9.9.9',
                startTime: now(),
                uptimeMs: 3_723_000,
                logLevel: 'info',
                stopping: false,
                upgrades: 0,
                rssKiB: 15_000,
                cpuMs: 100,
                options: {'cluster.maxCount': '1024'},
                countReason: '',
            },
            listeners: [{name: 'http', address: '127.0.0.1:8080'}],
            groups: [aGroup('web', children)],
            children: Array.from({length: children}, (_, i) => aChild(i + 1)),
        };
    }

    async start(port = 0) {
        await new Promise((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
        this.port = this.#server.address().port;
        this.url = `http://127.0.0.1:${this.port}/`;
        return this;
    }

    // May be started again.
    async stop() {
        if (!this.#server.listening) return;
        const closed = new Promise((resolve) => this.#server.close(resolve));
        this.#server.closeAllConnections();
        await closed;
    }

    // How many follow the events.
    get readers() {
        return this.#readers.size;
    }

    child(id) {
        return this.status.children.find((child) => child.id === id);
    }

    group(name = 'web') {
        return this.status.groups.find((group) => group.name === name);
    }

    // Something happens; whoever follows is told.
    emit(event) {
        const whole = {
            id: this.#events.length + 1,
            time: now(),
            kind: 'notice',
            severity: 'info',
            text: '',
            ...event,
        };
        this.#events.push(whole);
        for (const reader of this.#readers) reader.write(eventText(whole));
    }

    emitGap(from, to) {
        for (const reader of this.#readers)
            reader.write(`event: gap\ndata: ${JSON.stringify({from, to})}\n\n`);
    }

    // A child goes over to another state, as a real host would tell it.
    change(id, values) {
        const child = this.child(id);
        const from = child.state;
        Object.assign(child, values);
        const group = this.group(child.group);
        group.ready = this.status.children.filter(
            (one) => one.group === group.name && one.state === 'ready',
        ).length;
        const why = child.reason === '' ? '' : `: ${child.reason}`;
        this.emit({
            kind: 'child',
            group: child.group,
            child: id,
            from,
            to: child.state,
            pid: child.pid ?? 0,
            reason: child.reason,
            text: `child ${id} (${child.group}): ${child.state}${why}`,
        });
    }

    // A reload is going on, since before anybody looked.
    replaces() {
        this.operations.push({
            id: 1,
            kind: 'reload',
            group: 'web',
            state: 'running',
            phase: 'replacing',
            generation: 2,
            reason: '',
            begunMsAgo: 1,
            durationMs: 1,
            children: [{id: 1, state: 'running', reason: '', durationMs: 1}],
        });
        this.group().phase = 'replacing';
    }

    // An operation begins, or goes on: the same object, changed.
    tell(operation) {
        if (!this.operations.includes(operation)) this.operations.push(operation);
        const over = operation.children.filter(({state}) => state !== 'running').length;
        this.emit({
            kind: 'operation',
            group: operation.group ?? undefined,
            operation: operation.id,
            operationKind: operation.kind,
            state: operation.state,
            phase: operation.phase,
            stepsOver: over,
            steps: operation.children.length,
            reason: operation.reason,
            text: `operation ${operation.id}: ${operation.state}`,
        });
    }

    writeLog(line) {
        this.log.push(line);
        for (const reader of this.#logReaders) reader.write(`data: ${line}\n\n`);
    }

    cutStreams() {
        for (const reader of [...this.#readers, ...this.#logReaders]) reader.destroy();
    }

    #problem(response, status, detail) {
        response.writeHead(status, {'Content-Type': 'application/problem+json'});
        response.end(JSON.stringify({type: 'about:blank', title: 'Problem', status, detail}));
    }

    #json(response, value, status = 200) {
        response.writeHead(status, {'Content-Type': 'application/json', 'Cache-Control': 'no-store'});
        response.end(JSON.stringify(value));
    }

    async #answer(request, response) {
        const {pathname, searchParams} = new URL(request.url, this.url);
        const parts = pathname.split('/').slice(1).map(decodeURIComponent);
        response.setHeader('Connection', 'close');
        response.setHeader('X-Content-Type-Options', 'nosniff');
        if (parts[0] === 'ui') return this.#serveUi(parts[1] ?? 'index.html', response);
        if (this.token !== null && request.headers.authorization !== `Bearer ${this.token}`)
            return this.#problem(
                response,
                401,
                'This control port wants a token: Authorization: Bearer TOKEN.',
            );
        if (request.method === 'POST') return this.#change(request.url, parts, response);
        switch (parts[0]) {
            case '':
                this.statusReads += 1;
                return this.#json(response, this.status);
            case 'operations':
                return this.#operations(parts[1], response);
            case 'crashes':
                return this.crashes.has(parts[1])
                    ? this.#json(response, this.crashes.get(parts[1]))
                    : this.#problem(response, 404, `There is no crash report '${parts[1]}' (any more).`);
            case 'events':
                if (this.streamsRefused)
                    return this.#problem(response, this.streamsRefused.status, this.streamsRefused.detail);
                return this.#streamEvents(request, searchParams, response);
            case 'children':
                return this.#streamLog(response);
            default:
                return this.#problem(response, 404, 'There is no such route.');
        }
    }

    async #serveUi(name, response) {
        try {
            const bytes = await readFile(new URL(name, kUi));
            response.writeHead(200, {
                'Content-Type': `${kTypes[name.split('.').at(-1)]}; charset=utf-8`,
                'Cache-Control': 'no-cache',
                'Content-Security-Policy': kPolicy,
                'Referrer-Policy': 'no-referrer',
            });
            response.end(bytes);
        } catch {
            this.#problem(response, 404, 'No such file.');
        }
    }

    #operations(id, response) {
        if (id === undefined) return this.#json(response, {operations: this.operations});
        const operation = this.operations.find((one) => one.id === Number(id));
        return operation
            ? this.#json(response, operation)
            : this.#problem(response, 404, 'There is no such operation.');
    }

    #change(target, parts, response) {
        if (this.role === 'read')
            return this.#problem(
                response,
                403,
                'This request changes something, and who sent it may read only.',
            );
        if (this.refusal) return this.#problem(response, this.refusal.status, this.refusal.detail);
        this.posts.push(target);
        if (parts[0] === 'logLevel') this.status.master.logLevel = parts[1];
        return this.#json(response, {command: parts.at(-1), outcome: 'accepted', operations: []}, 202);
    }

    #stream(response, readers) {
        response.writeHead(200, {'Content-Type': 'text/event-stream'});
        response.write('retry: 1000\n\n');
        readers.add(response);
        response.on('close', () => readers.delete(response));
    }

    #streamEvents(request, searchParams, response) {
        const last = request.headers['last-event-id'];
        this.lastEventIds.push(last ?? null);
        this.#stream(response, this.#readers);
        const known =
            last === undefined
                ? this.#events.slice(-Number(searchParams.get('tail') ?? 0))
                : this.#events.slice(Number(last));
        for (const event of known) response.write(eventText(event));
    }

    #streamLog(response) {
        this.#stream(response, this.#logReaders);
        for (const line of this.log) response.write(`data: ${line}\n\n`);
    }
}

function eventText(event) {
    return `id: ${event.id}\nevent: ${event.kind}\ndata: ${JSON.stringify(event)}\n\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
    const host = await new FakeHost(Number(process.argv[2] ?? 4)).start(Number(process.env.PORT ?? 0));
    console.log(host.url);
}
