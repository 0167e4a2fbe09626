// Operations in all their states, and hosts that say no.
import assert from 'node:assert/strict';
import {anExit} from './fake-host.mjs';
import {dialogOf, eventually, kNetwork, rowOf} from './bed.mjs';

function aReload(more = {}) {
    return {
        id: 7,
        href: '/operations/7',
        kind: 'reload',
        group: 'web',
        state: 'running',
        phase: 'loading',
        generation: 2,
        reason: '',
        begunMsAgo: 0,
        durationMs: 1200,
        children: [],
        ...more,
    };
}

const step = (id, state, reason = '') => ({id, state, reason, durationMs: 1});

export const tests = {
    async showsAReloadInEachOfItsPhases(bed) {
        const host = await bed.fakeHost();
        const page = await bed.page(host);
        const reload = aReload();
        const text = page.locator('.roll-text');
        const looks = () =>
            page.locator('.slots i').evaluateAll((tiles) => tiles.map(({dataset}) => dataset.kind));
        host.tell(reload);
        await text.getByText('the new plugin is being tried · 0 of 4 done').waitFor();
        assert.deepEqual(await looks(), ['ahead', 'ahead', 'ahead', 'ahead']);

        Object.assign(host.child(1), {generation: 2});
        Object.assign(reload, {
            phase: 'replacing',
            children: [step(1, 'ready'), step(2, 'running', 'not ready for 3 s')],
        });
        host.tell(reload);
        await text.getByText('replacing child 2 · 1 of 4 done · not ready for 3 s').waitFor();
        assert.deepEqual(await looks(), ['good', 'replacing', 'ahead', 'ahead']);
        assert.match(
            await page.locator('.legend').innerText(),
            /1 ready · 1 being replaced · 2 still to be replaced/,
        );
        const bar = page.getByRole('progressbar', {name: 'Reload of web to generation 2'});
        assert.deepEqual(await bar.evaluate(({value, max}) => [value, max]), [1, 4]);

        Object.assign(reload, {
            phase: 'reverting',
            children: [step(1, 'running'), step(2, 'failed', 'exit code 3')],
        });
        host.tell(reload);
        await text.getByText(/is being taken back/).waitFor();
        assert.deepEqual((await looks()).slice(0, 2), ['replacing', 'bad']);

        Object.assign(reload, {state: 'failed', phase: 'over', reason: 'child 2: exit code 3'});
        host.tell(reload);
        await text.getByText('failed: child 2: exit code 3').waitFor();
        assert.deepEqual(await looks(), ['good', 'good', 'good', 'good']);
        await page.getByRole('button', {name: 'Dismiss'}).click();
        await page.locator('.roll').waitFor({state: 'hidden'});

        const again = aReload({id: 8, generation: 3});
        host.tell(again);
        await text.getByText(/being tried/).waitFor();
        again.state = 'done';
        host.tell(again);
        await text.getByText('done in 1.2 s').waitFor();
    },

    async findsAnOperationThatBeganBeforeThePage(bed) {
        const host = await bed.fakeHost();
        host.operations.push(aReload({phase: 'replacing', children: [step(1, 'running')]}));
        host.group().phase = 'replacing';
        const page = await bed.page(host);
        await page.getByText('replacing child 1 · 0 of 4 done').waitFor();
    },

    async showsGroupsInEachOfTheirStates(bed) {
        const host = await bed.fakeHost();
        Object.assign(host.group(), {
            reason: 'child 2 gave up',
            failedReload: {generation: 5, reason: 'no run_child in it'},
            runMaster: {state: 'threw', isolated: false, reason: 'what()', pid: null},
        });
        const page = await bed.page(host);
        for (const words of [
            'child 2 gave up',
            'The reload to generation 5 failed: no run_child in it',
            'run_master: threw: what()',
        ])
            await page.locator('.notices').getByText(words).waitFor();
        Object.assign(host.group(), {state: 'stopped', ready: 0});
        host.emit({text: 'web: stopped'});
        await page.getByRole('button', {name: 'Start web'}).waitFor();
        assert.equal(await page.getByRole('button', {name: 'Stop web'}).count(), 0);
        host.status.groups = [];
        host.status.children = [];
        host.emit({text: 'web: removed'});
        await page.getByText('This host has no groups.').waitFor();
        assert.equal(await page.locator('.card').count(), 0);
    },

    async keepsARefusalInItsDialog(bed) {
        const host = await bed.fakeHost();
        host.refusal = {status: 503, detail: 'Too many commands are waiting; nothing was done, try again.'};
        const page = await bed.page(host, {allow: kNetwork});
        await page.getByRole('button', {name: 'Stop web'}).click();
        const go = dialogOf(page).getByRole('button', {name: 'Stop'});
        await go.click();
        await dialogOf(page).getByRole('alert').getByText(host.refusal.detail).waitFor();
        host.refusal = null;
        await go.click();
        await dialogOf(page).waitFor({state: 'detached'});
        assert.deepEqual(host.posts, ['/groups/web/stop']);
    },

    async tellsAReaderWhyItChangesNothing(bed) {
        const host = await bed.fakeHost();
        host.role = 'read';
        const page = await bed.page(host, {allow: kNetwork});
        const sentence = 'This request changes something, and who sent it may read only.';
        await page.getByRole('button', {name: 'Restart child 3'}).click();
        await dialogOf(page).getByRole('button', {name: 'Restart', exact: true}).click();
        await dialogOf(page).getByRole('alert').getByText(sentence).waitFor();
        await page.keyboard.press('Escape');
        for (const name of ['Reload web', 'Restart all web', 'Scale web', 'Stop web', 'Restart child 1']) {
            const button = page.getByRole('button', {name, exact: true});
            assert.equal(await button.getAttribute('aria-disabled'), 'true');
            assert.equal(await button.getAttribute('title'), sentence);
        }
        await page.getByRole('button', {name: 'Stop web'}).press('Enter');
        await page.locator('#toasts').getByText(sentence).waitFor();
        await page.locator('#log-level').evaluate((select) => {
            select.value = 'debug';
            select.dispatchEvent(new Event('change'));
        });
        assert.equal(await dialogOf(page).count(), 0);
        assert.equal(await page.locator('#log-level').inputValue(), 'info');
        // A row that comes later knows it as well.
        host.status.children.push({...host.child(4), id: 5});
        host.emit({text: 'one more'});
        await rowOf(page, 5).waitFor();
        assert.equal(
            await page.getByRole('button', {name: 'Restart child 5'}).getAttribute('aria-disabled'),
            'true',
        );
    },

    async asksForATokenThatIsNeededOnlyNow(bed) {
        const host = await bed.fakeHost();
        const page = await bed.page(host, {allow: kNetwork});
        host.token = 'secret';
        host.cutStreams();
        await dialogOf(page).getByLabel('Token').fill('secret');
        await dialogOf(page).getByLabel('Token').press('Enter');
        await page.getByRole('button', {name: 'Reload web'}).click();
        await dialogOf(page).getByRole('button', {name: 'Reload', exact: true}).click();
        await dialogOf(page).waitFor({state: 'detached'});
        assert.deepEqual(host.posts, ['/groups/web/reload']);
    },

    async opensTheReportOfACrash(bed) {
        const host = await bed.fakeHost();
        host.crashes.set('web-2-5', {
            id: 'web-2-5',
            time: '2026-01-31T08:00:00.000000Z',
            group: 'web',
            child: 2,
            start: 5,
            pid: 77,
            generation: 1,
            plugin: 'web',
            version: '1.0',
            signal: 'SIGSEGV',
            code: 'SEGV_MAPERR',
            address: '0x10',
            thread: 'run_child',
            uptimeMs: 5000,
            frames: [
                {address: '0x1', module: '/x/web.so', buildId: 'ab', offset: '0x42', function: 'web::f(int)'},
                {address: '0x2', module: null, buildId: null, offset: null, function: null},
            ],
            log: ['the last line'],
        });
        host.child(2).lastExit = anExit({crash: 'web-2-5'});
        host.child(3).lastExit = anExit({crash: 'web-3-1'});
        const page = await bed.page(host, {allow: kNetwork});
        const link = rowOf(page, 2).getByRole('link', {name: 'crash report'});
        assert.equal(await link.getAttribute('href'), 'crashes/web-2-5');
        await link.click();
        const dialog = dialogOf(page);
        await dialog.getByRole('heading', {name: 'Crash web-2-5'}).waitFor();
        for (const words of [
            'SIGSEGV, SEGV_MAPERR',
            'web::f(int)',
            'web.so + 0x42',
            'the last line',
            '2 of web',
        ])
            await dialog.getByText(words).waitFor();
        await page.keyboard.press('Escape');
        await rowOf(page, 3).getByRole('link', {name: 'crash report'}).click();
        await dialog.getByText("There is no crash report 'web-3-1'").waitFor();
    },

    async saysImportantThingsToAScreenReaderAndNotMore(bed) {
        const host = await bed.fakeHost();
        const page = await bed.page(host);
        await eventually(async () =>
            assert.match(await page.locator('#announcer').innerText(), /1 group, 4 children/),
        );
        await page.evaluate(() => {
            window.said = [];
            new MutationObserver(() =>
                window.said.push(document.getElementById('announcer').textContent),
            ).observe(document.getElementById('announcer'), {
                childList: true,
                characterData: true,
                subtree: true,
            });
        });
        // What had happened before is not told; what comes in a burst is told as one.
        await eventually(async () => {
            host.emit({severity: 'warning', text: 'child 1 hangs'});
            assert.ok((await page.evaluate(() => window.said.length)) > 0);
        });
        const before = await page.evaluate(() => window.said.length);
        for (let i = 0; i < 40; i += 1) host.emit({severity: i % 2 ? 'info' : 'error', text: `thing ${i}`});
        await eventually(async () =>
            assert.match(await page.locator('#announcer').innerText(), /thing 38.* And \d+ more\./),
        );
        assert.ok((await page.evaluate(() => window.said.length)) <= before + 2);
        assert.ok(!(await page.evaluate(() => window.said.join())).includes('thing 39'));
    },
};
