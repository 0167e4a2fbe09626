// The dashboard in front of a real host: what it shows is what the host says, and what it is told to do
// happens.
import assert from 'node:assert/strict';
import {dialogOf, eventually, kNetwork, rowOf} from './bed.mjs';

const kToken = 'a-token-of-the-tests';

async function confirm(page, open, button) {
    await open();
    await dialogOf(page).getByRole('button', {name: button, exact: true}).click();
    await dialogOf(page).waitFor({state: 'detached'});
}

async function cancel(page, open) {
    await open();
    await dialogOf(page).getByRole('button', {name: 'Cancel'}).click();
    await dialogOf(page).waitFor({state: 'detached'});
}

// Writes down each look that a slot takes, in order.
async function watchSlots(page) {
    await page.evaluate(() => {
        window.looks = [];
        new MutationObserver((changes) => {
            for (const {target} of changes) window.looks.push(`${target.textContent} ${target.dataset.kind}`);
        }).observe(document.querySelector('.slots'), {subtree: true, attributeFilter: ['data-kind']});
    });
    return () => page.evaluate(() => window.looks);
}

export const tests = {
    async showsWhatTheStatusSays(bed) {
        const host = await bed.realHost({'plugin.hello.count': 3});
        const page = await bed.page(host);
        const {master, listeners, groups} = await host.get();
        const text = (await page.locator('#master').innerText()).replaceAll('\n', ' ');
        for (const part of [`pid ${master.pid}`, 'Children ready 3 of 3', `http ${listeners[0].address}`])
            assert.ok(text.includes(part), `${part} in ${text}`);
        assert.equal(await page.locator('#version').innerText(), master.version);
        assert.equal(await page.locator('#log-level').inputValue(), master.logLevel);
        assert.equal(await page.locator('.card').count(), groups.length);
        assert.match(
            await page.locator('.card-title').innerText(),
            /hello\s+running\s+hello 1\.0 · generation 1/,
        );
        for (const id of [1, 2, 3])
            await eventually(async () => {
                const child = await host.child(id);
                const row = await rowOf(page, id).innerText();
                assert.match(row, new RegExp(`pid ${child.pid}\\s+ready`));
                assert.match(row, /\d MiB/);
                assert.match(row, /[\d.]+ %/); // once there were two reports
            });
        assert.match(await rowOf(page, 1).innerText(), /first/);
        for (const chart of ['.col-memory', '.col-cpu'])
            await eventually(async () =>
                assert.match(
                    await rowOf(page, 1).locator(`${chart} .spark-line`).getAttribute('d'),
                    /^M[\d. ]+L/,
                ),
            );
        await page.getByText('Live', {exact: true}).waitFor();
    },

    async showsADeathAndTheNextStart(bed) {
        const host = await bed.realHost();
        const page = await bed.page(host);
        await page.getByText('Live', {exact: true}).waitFor();
        const before = (await host.child(2)).pid;
        process.kill(before, 'SIGKILL');
        await eventually(async () => {
            const child = await host.child(2);
            assert.notEqual(child.pid, before);
            const row = await rowOf(page, 2).innerText();
            assert.match(row, new RegExp(`pid ${child.pid}\\b`));
            assert.match(row, /ready/);
            assert.match(row, /SIGKILL/);
        });
        assert.equal(await rowOf(page, 2).locator('.col-restarts').innerText(), '1');
        await page.locator('#event-list').getByText('SIGKILL').first().waitFor();
    },

    async showsAReloadAsItMovesThroughTheSlots(bed) {
        const host = await bed.realHost({'plugin.hello.count': 3, 'plugin.hello.drainDelayMs': 2000});
        const page = await bed.page(host);
        const looks = await watchSlots(page);
        await cancel(page, () => page.getByRole('button', {name: 'Reload hello'}).click());
        assert.deepEqual((await host.get('operations')).operations, []);
        await confirm(page, () => page.getByRole('button', {name: 'Reload hello'}).click(), 'Reload');
        await page.getByRole('progressbar', {name: 'Reload of hello to generation 2'}).waitFor();
        await page
            .locator('.roll-text')
            .getByText(/replacing child \d · \d of 3 done/)
            .waitFor();
        await page
            .locator('.roll-text')
            .getByText(/^done in/)
            .waitFor();
        await page
            .locator('#toasts')
            .getByText(/Reload of hello to generation 2: done/)
            .waitFor();
        // A page that is kept from its work may miss a slot, but never sees them in another order.
        const seen = await looks();
        const slots = seen.filter((one) => one.endsWith(' replacing')).map((one) => Number(one[0]));
        assert.ok(slots.length >= 2, seen.join(', '));
        assert.deepEqual(slots, [...new Set(slots)].sort(), seen.join(', '));
        assert.ok(seen.includes('3 good'), seen.join(', '));
        // The status is read at most once a second, and so after the event that the reload is over.
        await page.locator('.card-title', {hasText: 'generation 2'}).waitFor();
    },

    async followsTheLogOfAChild(bed) {
        const host = await bed.realHost({'plugin.hello.count': 1, 'cluster.logLevel': 'debug'});
        await fetch(`${host.service}first`);
        const page = await bed.page(host);
        await page.getByRole('button', {name: 'Log of child 1'}).click();
        const log = page.getByRole('log', {name: 'Log of child 1'});
        await log.getByText('GET /first').waitFor();
        await fetch(`${host.service}second`);
        await log.getByText('GET /second').waitFor();
        assert.equal(await log.getByText('GET /first').count(), 1);
        await page.keyboard.press('Escape');
        await dialogOf(page).waitFor({state: 'detached'});
    },

    async restartsScalesStopsAndStarts(bed) {
        const host = await bed.realHost();
        const page = await bed.page(host);
        const posts = [];
        page.on('request', (request) => {
            if (request.method() === 'POST') posts.push(new URL(request.url()).pathname);
        });
        const press = (name) => () => page.getByRole('button', {name, exact: true}).click();
        const group = async () => await host.get('groups/hello');
        const pid = (await host.child(1)).pid;

        for (const name of ['Restart child 1', 'Restart all hello', 'Scale hello', 'Stop hello'])
            await cancel(page, press(name));
        assert.deepEqual(posts, []);

        await confirm(page, press('Restart child 1'), 'Restart');
        await eventually(async () => {
            const child = await host.child(1);
            assert.ok(child.pid !== null && child.pid !== pid && child.state === 'ready');
            assert.match(await rowOf(page, 1).innerText(), new RegExp(`pid ${child.pid}\\b`));
        });
        await press('Scale hello')();
        await dialogOf(page).getByLabel('Children').fill('4');
        await confirm(page, async () => {}, 'Scale');
        await eventually(async () => assert.match(await rowOf(page, 4).innerText(), /ready/));
        await confirm(page, press('Restart all hello'), 'Restart all');
        await eventually(async () =>
            assert.equal((await host.get()).children.filter(({restarts}) => restarts > 0).length, 4),
        );
        await confirm(page, press('Stop hello'), 'Stop');
        await eventually(async () => assert.equal((await group()).state, 'stopped'));
        await eventually(async () => assert.match(await page.locator('.card-title').innerText(), /stopped/));
        await confirm(page, press('Start hello'), 'Start');
        await eventually(async () =>
            assert.match(await page.locator('.gauges').last().innerText(), /4 of 4/),
        );
        assert.deepEqual(posts, [
            '/children/1/exit',
            '/groups/hello/scale/4',
            '/groups/hello/exit',
            '/groups/hello/stop',
            '/groups/hello/start',
        ]);
    },

    async showsWhyTheHostRefuses(bed) {
        const host = await bed.realHost({'plugin.hello.maxCount': 5});
        const page = await bed.page(host, {allow: kNetwork});
        await page.getByRole('button', {name: 'Scale hello'}).click();
        const field = dialogOf(page).getByLabel('Children');
        assert.equal(await field.getAttribute('max'), '5');
        await field.evaluate((input) => input.removeAttribute('max'));
        await field.fill('6');
        await field.press('Enter');
        const sentence = await dialogOf(page).getByRole('alert').innerText();
        assert.match(sentence, /maxCount/);
        await page.keyboard.press('Escape');
        await dialogOf(page).waitFor({state: 'detached'});
    },

    async changesTheLogLevel(bed) {
        const host = await bed.realHost();
        const page = await bed.page(host);
        const choose = () => page.locator('#log-level').selectOption('debug');
        await cancel(page, choose);
        assert.equal((await host.get()).master.logLevel, 'info');
        assert.equal(await page.locator('#log-level').inputValue(), 'info');
        await confirm(page, choose, 'Set debug');
        await eventually(async () => assert.equal(await page.locator('#log-level').inputValue(), 'debug'));
        assert.equal((await host.get()).master.logLevel, 'debug');
        await page.getByRole('button', {name: 'Child 2, details and log'}).click();
        await eventually(async () => assert.equal(await page.locator('#child-level').inputValue(), 'debug'));
        await page.locator('#child-level').selectOption('error');
        await page.getByRole('button', {name: 'Set error'}).click();
        await eventually(async () => assert.equal((await host.child(2)).logLevel, 'error'));
        assert.equal((await host.child(1)).logLevel, 'debug');
    },

    async asksForTheToken(bed) {
        const host = await bed.realHost({'cluster.webServerToken': kToken});
        const page = await bed.page(host, {allow: kNetwork, loaded: false});
        const dialog = dialogOf(page);
        await dialog.getByRole('heading', {name: 'This host wants a token'}).waitFor();
        await dialog.getByRole('button', {name: 'Cancel'}).click();
        await page.getByRole('alert').getByText('This host wants a token.', {exact: true}).waitFor();
        await page.getByRole('button', {name: 'Enter token'}).click();
        await dialog.getByLabel('Token').fill('another-token-of-the-tests');
        await dialog.getByLabel('Token').press('Enter');
        await dialog.getByText('This token was not accepted.').waitFor();
        await dialog.getByLabel('Token').fill(kToken);
        await dialog.getByRole('button', {name: 'Use token'}).click();
        await rowOf(page, 2).waitFor();
        assert.deepEqual(
            await page.evaluate(() => [
                Object.values(sessionStorage),
                Object.values(localStorage),
                document.cookie,
            ]),
            [[kToken], [], ''],
        );
        // It is there after a reload of the page, and carries streams and changes as well.
        await page.reload();
        await rowOf(page, 2).waitFor();
        await page.locator('#event-list li').first().waitFor();
        await confirm(page, () => page.getByRole('button', {name: 'Restart child 2'}).click(), 'Restart');
        await eventually(async () => assert.equal((await host.child(2)).restarts, 1));
        await page.getByRole('button', {name: 'Forget token'}).click();
        await dialog.getByLabel('Token').waitFor();
        assert.equal(await page.evaluate(() => sessionStorage.length), 0);
    },

    async noticesAHostThatHangsAndOneThatIsGone(bed) {
        const host = await bed.realHost();
        const page = await bed.page(host, {allow: /Failed to load resource|net::ERR/});
        const banner = page.locator('#banner');
        host.signal('SIGSTOP');
        await banner.getByText('Connection lost.').waitFor();
        assert.ok(await page.locator('body.stale').count());
        await banner.getByText(/What is shown is \d+/).waitFor();
        assert.equal(
            await page.getByRole('button', {name: 'Reload hello'}).getAttribute('aria-disabled'),
            'true',
        );
        host.signal('SIGCONT');
        await banner.waitFor({state: 'hidden'});
        assert.equal(await page.locator('body.stale').count(), 0);
        assert.equal(
            await page.getByRole('button', {name: 'Reload hello'}).getAttribute('aria-disabled'),
            null,
        );

        await host.stop();
        await banner.getByText('Connection lost.').waitFor();
        const next = await bed.realHost({port: host.port, 'plugin.hello.count': 3});
        await rowOf(page, 3).waitFor();
        await banner.waitFor({state: 'hidden'});
        assert.match(await page.locator('#master').innerText(), new RegExp(`pid ${next.pid}`));
    },
};
