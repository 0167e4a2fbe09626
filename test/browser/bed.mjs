// What every test is given: a browser whose pages are watched for errors, hosts that are ended afterwards,
// and a way to wait for what shall become true.
import assert from 'node:assert/strict';
import {createRequire} from 'node:module';
import {setTimeout as rest} from 'node:timers/promises';
import {FakeHost} from './fake-host.mjs';
import {RealHost} from './real-host.mjs';

const kPatience = 60_000;
const kTestPatience = 200_000;

// What the browser writes of its own where a host refuses or is gone, which some tests are about.
export const kNetwork = /Failed to load resource/;

// Calls `check` until it throws no more.
export async function eventually(check, patience = kPatience) {
    const deadline = Date.now() + patience;
    for (;;) {
        try {
            return await check();
        } catch (error) {
            if (Date.now() > deadline) throw error;
            await rest(50);
        }
    }
}

// What all tests share. `folder`: where npm has installed; `host` and `plugin`: what is tested.
export async function openBrowser(folder, host, plugin) {
    const require = createRequire(`${folder}/package.json`);
    const {chromium} = require('playwright-core');
    // The sandbox needs a user that is not root; these pages come from this test alone.
    const args = process.getuid() === 0 ? ['--no-sandbox'] : [];
    const browser = await chromium.launch({executablePath: '/usr/bin/chromium', args});
    return {browser, axe: require('axe-core').source, host, plugin};
}

// Of one test.
export class Bed {
    #shared;
    #cleanups = [];
    #faults = [];

    constructor(shared) {
        this.#shared = shared;
    }

    // The source of axe-core.
    get axe() {
        return this.#shared.axe;
    }

    // The test fails where a page of it has written an error, broken the policy or thrown.
    async run(test) {
        let timer = 0;
        const late = new Promise((_, fail) => {
            timer = setTimeout(() => fail(new Error(`not over after ${kTestPatience} ms`)), kTestPatience);
        });
        try {
            await Promise.race([test(this), late]);
        } finally {
            clearTimeout(timer);
            for (const cleanup of this.#cleanups.splice(0).reverse()) await cleanup();
        }
        assert.deepEqual(this.#faults, []);
    }

    async realHost(options = {}) {
        const host = await RealHost.start(this.#shared.host, this.#shared.plugin, options);
        this.#cleanups.push(() => host.stop());
        return host;
    }

    async fakeHost(children = 4) {
        const host = await new FakeHost(children).start();
        this.#cleanups.push(() => host.stop());
        return host;
    }

    // The dashboard of this host. `allow`: errors that belong to the test.
    async page(host, {width = 1440, height = 900, allow = null, loaded = true, ...options} = {}) {
        const context = await this.#shared.browser.newContext({viewport: {width, height}, ...options});
        this.#cleanups.push(() => context.close());
        const page = await context.newPage();
        page.setDefaultTimeout(kPatience);
        page.on('console', (message) => {
            if (message.type() === 'error' && !allow?.test(message.text())) this.#faults.push(message.text());
        });
        page.on('pageerror', (error) => this.#faults.push(error.stack));
        page.on('request', (request) => {
            if (!request.url().startsWith(host.url) && !request.url().startsWith('data:'))
                this.#faults.push(`asks ${request.url()}`);
        });
        await page.goto(`${host.url}ui`);
        if (loaded) await page.waitForSelector('.card');
        return page;
    }
}

export function rowOf(page, child) {
    return page.locator(`tr[data-child="${child}"]`);
}

// The one dialog that is open.
export function dialogOf(page) {
    return page.locator('dialog[open]');
}
