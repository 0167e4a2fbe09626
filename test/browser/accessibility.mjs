// By keyboard alone, and as a screen reader is told.
import assert from 'node:assert/strict';
import {anExit} from './fake-host.mjs';
import {dialogOf, eventually, rowOf} from './bed.mjs';

async function assertNoProblems(bed, page, what) {
    await page.evaluate(bed.axe);
    const problems = await page.evaluate(async () => {
        const {violations} = await window.axe.run(document, {resultTypes: ['violations']});
        return violations.map(
            ({id, nodes}) =>
                `${id}: ${nodes
                    .slice(0, 3)
                    .map(({html}) => html.slice(0, 120))
                    .join(' | ')}`,
        );
    });
    assert.deepEqual(problems, [], what);
}

// What has the focus: its name, whether that is seen, and where it stands in the document.
function focus(page) {
    return page.evaluate(() => {
        const at = document.activeElement;
        const style = getComputedStyle(at);
        return {
            name: at.getAttribute('aria-label') ?? at.textContent.trim(),
            seen:
                at === document.body ||
                (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2),
            inDialog: at.closest('dialog') !== null,
            place: [...document.querySelectorAll('*')].indexOf(at),
        };
    });
}

// Presses Tab until what has this name has the focus.
async function tabTo(page, name) {
    const seen = [];
    for (let i = 0; i < 60; i += 1) {
        await page.keyboard.press('Tab');
        const at = await focus(page);
        assert.ok(at.seen, `the focus is not seen on ${at.name}`);
        seen.push(at);
        if (at.name === name) return seen;
    }
    return assert.fail(`Tab never comes to ${name}: ${seen.map((one) => one.name).join(', ')}`);
}

export const tests = {
    async reloadsByKeyboardAlone(bed) {
        const host = await bed.fakeHost();
        const page = await bed.page(host);
        await page.keyboard.press('Tab');
        assert.equal((await focus(page)).name, 'Skip to the groups');
        const way = await tabTo(page, 'Reload web');
        const places = way.map(({place}) => place);
        assert.deepEqual(
            places,
            [...places].sort((a, b) => a - b),
            'the focus goes as the page reads',
        );

        await page.keyboard.press('Enter');
        await dialogOf(page).waitFor();
        assert.equal((await focus(page)).name, 'Cancel');
        const names = new Set();
        for (let i = 0; i < 7; i += 1) {
            await page.keyboard.press(i < 4 ? 'Tab' : 'Shift+Tab');
            const at = await focus(page);
            assert.ok(at.inDialog && at.seen, at.name);
            names.add(at.name);
        }
        assert.deepEqual([...names].sort(), ['Cancel', 'Close', 'Reload']);
        await page.keyboard.press('Escape');
        await dialogOf(page).waitFor({state: 'detached'});
        assert.equal((await focus(page)).name, 'Reload web');
        assert.deepEqual(host.posts, []);

        await page.keyboard.press('Enter');
        await tabTo(page, 'Reload');
        await page.keyboard.press('Enter');
        await dialogOf(page).waitFor({state: 'detached'});
        assert.deepEqual(host.posts, ['/groups/web/reload']);
        assert.equal((await focus(page)).name, 'Reload web');
    },

    async keepsTheFocusWhileThePageChanges(bed) {
        const host = await bed.fakeHost();
        const page = await bed.page(host);
        await page.getByRole('button', {name: 'Restart child 3'}).focus();
        host.status.children = host.status.children.filter(({id}) => id !== 1);
        host.status.children.push({...host.child(4), id: 9});
        host.change(3, {state: 'stopping', restarts: 5});
        await rowOf(page, 9).waitFor();
        await rowOf(page, 1).waitFor({state: 'detached'});
        assert.equal((await focus(page)).name, 'Restart child 3');
        // Where what opened a dialog is gone, the focus is not lost with it.
        await page.keyboard.press('Enter');
        host.status.children = host.status.children.filter(({id}) => id !== 3);
        host.emit({text: 'child 3 is gone'});
        await rowOf(page, 3).waitFor({state: 'detached'});
        await page.keyboard.press('Escape');
        await eventually(async () =>
            assert.equal(await page.evaluate(() => document.activeElement.id), 'groups'),
        );
        assert.equal(await dialogOf(page).count(), 0);
    },

    async skipsToTheGroups(bed) {
        const host = await bed.fakeHost();
        const page = await bed.page(host);
        await page.keyboard.press('Tab');
        await page.keyboard.press('Enter');
        await eventually(async () =>
            assert.equal(await page.evaluate(() => document.activeElement.id), 'groups'),
        );
        await page.keyboard.press('Tab');
        assert.equal(await page.evaluate(() => document.activeElement.id), 'filter-text');
    },

    async hasNamesRolesAndLandmarks(bed) {
        const host = await bed.fakeHost();
        for (const width of [1440, 360]) {
            const page = await bed.page(host, {width});
            for (const role of ['banner', 'main', 'search']) await page.getByRole(role).waitFor();
            await page.getByRole('complementary', {name: 'Events'}).waitFor();
            await page.getByRole('region', {name: 'Host'}).waitFor();
            await page.getByRole('heading', {level: 1, name: 'ClusterManager'}).waitFor();
            for (const name of ['Groups', 'Events'])
                await page.getByRole('heading', {level: 2, name}).waitFor();
            await page.getByRole('heading', {level: 3, name: 'web'}).waitFor();
            await page.getByRole('article', {name: 'web'}).waitFor();
            const table = page.getByRole('table', {name: 'Children of web'});
            assert.equal(await table.getByRole('row').count(), 5);
            assert.deepEqual(await table.getByRole('columnheader').allTextContents(), [
                'Child',
                'State',
                'Memory',
                'CPU',
                'Requests',
                'Restarts',
                'Uptime',
                'Last exit',
                'Actions',
            ]);
            assert.equal(await table.getByRole('rowheader').count(), 4);
            assert.equal(await table.getByRole('cell', {name: 'ready'}).count(), 4);
            await page.getByRole('combobox', {name: 'Log level of the host and all children'}).waitFor();
            const nameless = await page
                .locator('button:visible')
                .evaluateAll(
                    (buttons) =>
                        buttons.filter(
                            (button) =>
                                !button.getAttribute('aria-label') && button.textContent.trim() === '',
                        ).length,
                );
            assert.equal(nameless, 0);
        }
    },

    async satisfiesAxe(bed) {
        const host = await bed.fakeHost();
        Object.assign(host.child(2), {
            state: 'failed',
            reason: 'gave up',
            lastExit: anExit({crash: 'web-2-1'}),
        });
        host.crashes.set('web-2-1', {
            id: 'web-2-1',
            signal: 'SIGSEGV',
            child: 2,
            group: 'web',
            frames: [{function: 'f', module: 'm'}],
            log: ['line'],
        });
        host.replaces();
        host.emit({severity: 'error', text: 'broken', crash: 'web-2-1'});
        for (const width of [1440, 360]) {
            const page = await bed.page(host, {width, reducedMotion: 'reduce'});
            await page.locator('.event-text').waitFor();
            await page.locator('.roll').waitFor();
            await assertNoProblems(bed, page, `the page, ${width} px`);
            await page.getByRole('button', {name: 'Child 2, details and log'}).click();
            await page.getByRole('log').getByText('started').waitFor();
            await assertNoProblems(bed, page, `a child, ${width} px`);
            await page.keyboard.press('Escape');
            await page.getByRole('button', {name: 'Scale web'}).click();
            await assertNoProblems(bed, page, `a question, ${width} px`);
            await page.keyboard.press('Escape');
            await rowOf(page, 2).getByRole('link').click();
            await dialogOf(page).locator('.function').waitFor();
            await assertNoProblems(bed, page, `a report, ${width} px`);
        }
    },
};
