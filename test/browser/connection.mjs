// How the page keeps in touch with its host: no more often than it must, and without losing anything.
import assert from 'node:assert/strict';
import {dialogOf, eventually, kNetwork, rowOf} from './bed.mjs';

const kCut = /Failed to load resource|net::ERR/;

export const tests = {
    async readsTheStatusOnceASecondHoweverMuchHappens(bed) {
        const host = await bed.fakeHost();
        const page = await bed.page(host);
        await page.getByText('Nothing has happened yet.').waitFor();
        const [reads, begun] = [host.statusReads, Date.now()];
        for (let i = 1; i <= 300; i += 1) {
            host.change(1 + (i % 4), {restarts: i});
            if (i % 100 === 0) await page.locator('#event-list li').first().waitFor();
        }
        await eventually(async () =>
            assert.equal(await rowOf(page, 1).locator('.col-restarts').innerText(), '300'),
        );
        const seconds = (Date.now() - begun) / 1000;
        assert.ok(
            host.statusReads - reads <= seconds + 2,
            `${host.statusReads - reads} readings in ${seconds} s`,
        );
        await eventually(async () => assert.equal(await page.locator('#event-list li').count(), 200));
    },

    async resumesTheEventsWhereTheyEnded(bed) {
        const host = await bed.fakeHost();
        const page = await bed.page(host, {allow: kCut});
        host.emit({text: 'the first'});
        await page.getByText('the first').waitFor();
        host.cutStreams();
        host.emit({text: 'the second'});
        await page.getByText('the second').waitFor();
        assert.deepEqual(host.lastEventIds, [null, '1']);
        assert.deepEqual(await page.locator('.event-text').allInnerTexts(), ['the second', 'the first']);
        host.emitGap(3, 7);
        await page.getByText('5 events lost').waitFor();
        assert.equal(await page.locator('#banner').isVisible(), false);
    },

    async worksWithoutAStreamOfEvents(bed) {
        const host = await bed.fakeHost();
        host.streamsRefused = {status: 503, detail: 'All streams are open.'};
        const page = await bed.page(host, {allow: kNetwork});
        await page.getByText('Events do not come: All streams are open.').waitFor();
        Object.assign(host.child(2), {state: 'backoff', reason: 'starts again soon'});
        await rowOf(page, 2).getByText('starts again soon').waitFor();
    },

    async keepsWhatItKnowsWhileTheHostIsGone(bed) {
        const host = await bed.fakeHost();
        const page = await bed.page(host, {allow: kCut});
        await page.getByRole('button', {name: 'Reload web'}).click();
        await host.stop();
        await page.getByRole('alert').getByText('Connection lost.').waitFor();
        await dialogOf(page).getByRole('button', {name: 'Reload', exact: true}).click();
        await dialogOf(page).getByText('The host does not answer.').waitFor();
        await page.keyboard.press('Escape');
        assert.equal(await rowOf(page, 3).isVisible(), true);
        await page.getByRole('button', {name: 'Reload web'}).press('Enter');
        await page.locator('#toasts').getByText('There is no connection to the host.').waitFor();
        assert.equal(await dialogOf(page).count(), 0);
        const reads = host.statusReads;
        await host.start(host.port);
        // It may have come back by itself by now, and then there is nothing to press.
        await page.evaluate(() => document.getElementById('banner-action').click());
        await page.locator('#banner').waitFor({state: 'hidden'});
        assert.ok(host.statusReads > reads);
        await eventually(async () =>
            assert.match(await page.locator('#announcer').innerText(), /connection is back/),
        );
    },

    async asksNothingWhileNobodySeesIt(bed) {
        const host = await bed.fakeHost();
        const page = await bed.page(host);
        host.emit({text: 'before'});
        await page.getByText('before').waitFor();
        const hide = (hidden) =>
            page.evaluate((value) => {
                Object.defineProperty(document, 'hidden', {configurable: true, get: () => value});
                document.dispatchEvent(new Event('visibilitychange'));
            }, hidden);
        await hide(true);
        await eventually(() => assert.equal(host.readers, 0));
        host.emit({text: 'meanwhile'});
        await hide(false);
        await page.getByText('meanwhile').waitFor();
        assert.deepEqual(host.lastEventIds, [null, '1']);
    },
};
