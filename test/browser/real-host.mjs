// The host itself with the plugin hello, in a folder of its own, ended with it.
import {spawn} from 'node:child_process';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

const kPatience = 60_000;

export class RealHost {
    #process;
    #folder;
    #ended;
    #said = '';

    // `options`: keys and values for -D; `port`: of the control port, 0 for any.
    static async start(program, plugin, {port = 0, ...options} = {}) {
        const host = new RealHost();
        host.#folder = await mkdtemp(join(tmpdir(), 'cm-browser-'));
        const values = {
            'cluster.webServerPort': port,
            'cluster.updateStatusMs': 200,
            'cluster.history': 'off',
            'listen.http': '127.0.0.1:0',
            'plugin.hello.path': plugin,
            'plugin.hello.count': 2,
            ...options,
        };
        const args = Object.entries(values).flatMap(([key, value]) => ['-D', `${key}=${value}`]);
        host.#process = spawn(program, args, {cwd: host.#folder, stdio: ['ignore', 'pipe', 'pipe']});
        host.pid = host.#process.pid;
        host.token = options['cluster.webServerToken'] ?? null;
        host.#ended = new Promise((resolve) => host.#process.on('exit', resolve));
        await host.#waitUntilItServes();
        return host;
    }

    // Both are in what it prints as it starts.
    async #waitUntilItServes() {
        await new Promise((resolve, fail) => {
            const timer = setTimeout(() => fail(new Error(`the host does not serve:\n${this.#said}`)), kPatience);
            const read = (bytes) => {
                this.#said += bytes;
                if (!this.#said.includes('serving as process')) return;
                clearTimeout(timer);
                resolve();
            };
            this.#process.stdout.on('data', read);
            this.#process.stderr.on('data', read);
            this.#process.on('exit', () => fail(new Error(`the host has ended:\n${this.#said}`)));
        });
        this.url = /control port: (http:\S+)/.exec(this.#said)[1];
        this.port = Number(new URL(this.url).port);
        this.service = `http://${/listening: http on (\S+)/.exec(this.#said)[1]}/`;
    }

    async get(path = '') {
        const headers = this.token === null ? {} : {Authorization: `Bearer ${this.token}`};
        return (await fetch(this.url + path, {headers})).json();
    }

    async child(id) {
        return this.get(`children/${id}`);
    }

    signal(name) {
        process.kill(this.pid, name);
    }

    async stop() {
        if (this.#process.exitCode === null && this.#process.signalCode === null) {
            this.signal('SIGCONT');
            this.signal('SIGTERM');
        }
        const timer = setTimeout(() => this.signal('SIGKILL'), kPatience);
        await this.#ended;
        clearTimeout(timer);
        await rm(this.#folder, {recursive: true, force: true});
        if (this.#said.includes('Sanitizer')) throw new Error(`a sanitizer has spoken:\n${this.#said}`);
    }
}
