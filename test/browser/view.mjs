// How it looks: on a phone, in both themes, with a thousand children, and with words that would like to be
// markup.
import assert from 'node:assert/strict';
import {aChild, aGroup, anExit} from './fake-host.mjs';
import {dialogOf, eventually, kNetwork, rowOf} from './bed.mjs';

const kEvil = '<img src=x onerror="window.broken=1"><script>window.broken=1</script>';
const kLong = 'x'.repeat(300);

async function assertFits(page, what) {
    const [width, content] = await page.evaluate(() => [innerWidth, document.scrollingElement.scrollWidth]);
    assert.ok(content <= width, `${what}: ${content} px of content on ${width} px`);
    const dialog = dialogOf(page);
    if ((await dialog.count()) === 0) return;
    assert.deepEqual(
        await dialog.evaluate((one) => [
            one.scrollWidth <= one.clientWidth,
            one.getBoundingClientRect().left >= 0,
            one.getBoundingClientRect().right <= innerWidth,
        ]),
        [true, true, true],
        what,
    );
}

// [contrast, text, colours] of every text that is seen, the worst first. Colours are read off a canvas, since
// the browser writes them in more than one way.
function contrasts() {
    const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
    const known = new Map();
    const rgba = (colour) => {
        if (!known.has(colour)) {
            canvas.clearRect(0, 0, 1, 1);
            canvas.fillStyle = colour;
            canvas.fillRect(0, 0, 1, 1);
            const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
            known.set(colour, [r, g, b, a / 255]);
        }
        return known.get(colour);
    };
    const over = ([r, g, b, a], below) => [r, g, b].map((part, i) => part * a + below[i] * (1 - a));
    const groundOf = (element) => {
        const layers = [];
        for (let at = element; at !== null; at = at.parentElement) {
            layers.push(rgba(getComputedStyle(at).backgroundColor));
            if (layers.at(-1)[3] === 1) break;
        }
        return layers.reduceRight((below, layer) => over(layer, below), [255, 255, 255]);
    };
    const isGrey = (element) => element.closest('.stale main') !== null;
    const grey = ([r, g, b]) => Array(3).fill(0.2126 * r + 0.7152 * g + 0.0722 * b);
    const luminance = (parts) =>
        parts
            .map((part) => part / 255)
            .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
            .reduce((sum, part, i) => sum + part * [0.2126, 0.7152, 0.0722][i], 0);
    const results = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const element = walker.currentNode.parentElement;
        const text = walker.currentNode.textContent.trim();
        if (
            text === '' ||
            !element.checkVisibility({visibilityProperty: true}) ||
            element.closest('.sr, .skip, option')
        )
            continue;
        let ground = groundOf(element);
        let colour = over(rgba(getComputedStyle(element).color), ground);
        if (isGrey(element)) [ground, colour] = [grey(ground), grey(colour)];
        const [light, dark] = [luminance(ground), luminance(colour)].sort((a, b) => b - a);
        results.push([
            (light + 0.05) / (dark + 0.05),
            text.slice(0, 40),
            colour.map(Math.round).join(),
            ground.map(Math.round).join(),
        ]);
    }
    return results.sort((a, b) => a[0] - b[0]);
}

async function assertReadable(page, what) {
    const worst = (await page.evaluate(contrasts))[0];
    assert.ok(worst[0] >= 4.5, `${what}: ${worst}`);
}

// One of everything that has a colour of its own.
async function aColourfulHost(bed) {
    const host = await bed.fakeHost(8);
    const states = ['ready', 'starting', 'stopping', 'killing', 'backoff', 'failed', 'stopped', 'spawning'];
    states.forEach((state, i) =>
        Object.assign(host.child(i + 1), {state, reason: i % 2 ? 'for a reason' : ''}),
    );
    host.child(6).lastExit = anExit({crash: 'web-6-1'});
    Object.assign(host.group(), {
        reason: 'a warning',
        failedReload: {generation: 2, reason: 'it failed'},
        runMaster: {state: 'running', isolated: true, reason: '', pid: 5},
    });
    host.status.groups.push(aGroup('idle', 0, {state: 'stopped', ready: 0, first: null}));
    for (const severity of ['debug', 'info', 'warning', 'error'])
        host.emit({severity, text: `a thing that is ${severity}`, group: 'web', child: 1, crash: 'web-6-1'});
    host.log.push('2026-01-31T08:00:02.000Z error [web] broken');
    return host;
}

export const tests = {
    async fitsAPhone(bed) {
        const host = await aColourfulHost(bed);
        Object.assign(host.child(2), {reason: kLong, lastExit: anExit({reason: kLong, crash: kLong})});
        host.status.listeners.push({name: 'other', address: `unix:/${kLong}`});
        host.child(2).status = {text: kLong};
        host.emit({text: kLong});
        host.log.push(kLong);
        host.refusal = {status: 409, detail: kLong};
        const page = await bed.page(host, {
            width: 360,
            height: 740,
            allow: kNetwork,
            hasTouch: true,
            isMobile: true,
        });
        await page.locator('.event-text').first().waitFor();
        await assertFits(page, 'the page');
        await page.getByRole('button', {name: 'Child 2, details and log'}).click();
        await page.getByRole('log').getByText('xxx').waitFor();
        await assertFits(page, 'a child');
        await page.getByRole('button', {name: 'Close'}).click();
        await page.getByRole('button', {name: 'Stop web'}).click();
        await dialogOf(page).getByRole('button', {name: 'Stop'}).click();
        await dialogOf(page).getByRole('alert').waitFor();
        await assertFits(page, 'a refusal');
        await dialogOf(page).getByRole('button', {name: 'Cancel'}).click();
        await rowOf(page, 2).getByRole('link').click();
        await dialogOf(page).getByRole('alert').waitFor();
        await assertFits(page, 'a report');
        await page.getByRole('button', {name: 'Close'}).click();
        // Fingers need room.
        const small = await page
            .locator('button:visible')
            .evaluateAll((buttons) =>
                buttons
                    .map((button) => [button.getBoundingClientRect().height, button.textContent])
                    .filter(([height]) => height < 32),
            );
        assert.deepEqual(
            small.filter(([, text]) => text !== ''),
            [],
        );
    },

    async canBeReadInBothThemes(bed) {
        const host = await aColourfulHost(bed);
        const grounds = [];
        for (const colorScheme of ['light', 'dark']) {
            const page = await bed.page(host, {colorScheme, allow: /Failed to load resource|net::ERR/});
            await page.locator('.event-text').first().waitFor();
            await assertReadable(page, colorScheme);
            grounds.push(await page.evaluate(() => getComputedStyle(document.body).backgroundColor));
            await page.getByRole('button', {name: 'Child 6, details and log'}).click();
            await page.getByRole('log').getByText('broken').waitFor();
            await assertReadable(page, `${colorScheme}, a child`);
            await page.keyboard.press('Escape');
            await page.getByRole('button', {name: 'Stop web'}).click();
            await assertReadable(page, `${colorScheme}, a question`);
            await page.keyboard.press('Escape');
            await page.evaluate(() => document.body.classList.add('stale'));
            await assertReadable(page, `${colorScheme}, stale`);
        }
        assert.notEqual(grounds[0], grounds[1]);
    },

    async switchesTheThemeAndKeepsIt(bed) {
        const host = await bed.fakeHost();
        const page = await bed.page(host, {colorScheme: 'dark'});
        const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
        const dark = await ground();
        await page.getByRole('button', {name: 'Theme: system'}).click();
        await page.getByRole('button', {name: 'Theme: light'}).waitFor();
        const light = await ground();
        assert.notEqual(light, dark);
        await page.reload();
        await page.getByRole('button', {name: 'Theme: light'}).click();
        assert.equal(await ground(), dark);
        await page.emulateMedia({colorScheme: 'light'});
        assert.equal(await ground(), dark);
        await page.getByRole('button', {name: 'Theme: dark'}).click();
        assert.equal(await ground(), light);
    },

    async holdsStillWhereMotionIsUnwanted(bed) {
        const host = await bed.fakeHost();
        host.replaces();
        for (const [reducedMotion, moves] of [
            ['no-preference', true],
            ['reduce', false],
        ]) {
            const page = await bed.page(host, {reducedMotion});
            await page.locator('[data-kind="replacing"]').waitFor();
            assert.equal(await page.evaluate(() => document.getAnimations().length > 0), moves);
        }
    },

    async takesNothingForMarkup(bed) {
        const host = await bed.fakeHost(1);
        const evil = kEvil;
        host.status.master.version = evil;
        host.status.master.options[evil] = evil;
        host.status.listeners[0].name = evil;
        Object.assign(host.group(), {
            reason: evil,
            plugin: {path: evil, name: evil, version: evil},
            failedReload: {generation: 1, reason: evil},
            runMaster: {state: evil, isolated: false, reason: evil, pid: null},
        });
        Object.assign(host.child(1), {
            reason: evil,
            status: {[evil]: evil},
            lastExit: anExit({text: evil, reason: evil, crash: evil}),
        });
        host.status.groups.push(aGroup(evil, 1));
        host.status.children.push(aChild(2, {group: evil, state: evil}));
        host.log = [evil];
        host.crashes.set(evil, {
            id: evil,
            signal: evil,
            thread: evil,
            frames: [{function: evil, module: evil}],
            log: [evil],
        });
        host.emit({text: evil, group: evil, severity: evil, kind: 'child', crash: evil});
        host.tell({
            id: 1,
            kind: evil,
            group: 'web',
            state: 'failed',
            phase: evil,
            generation: null,
            reason: evil,
            durationMs: 1,
            children: [],
        });
        host.refusal = {status: 409, detail: evil};
        const page = await bed.page(host, {allow: kNetwork});
        await page.locator('.event-text').first().waitFor();
        await page.getByRole('button', {name: 'Child 1, details and log'}).click();
        await page.getByRole('log').getByText(evil).waitFor();
        await page.keyboard.press('Escape');
        await rowOf(page, 1).getByRole('link').click();
        await dialogOf(page).locator('.function').getByText(evil).waitFor();
        await page.keyboard.press('Escape');
        await page.getByRole('button', {name: `Stop ${evil}`, exact: true}).click();
        await dialogOf(page).getByRole('button', {name: 'Stop'}).click();
        await dialogOf(page).getByRole('alert').getByText(evil).waitFor();
        assert.deepEqual(
            await page.evaluate(() => [
                window.broken,
                document.querySelectorAll('img, script:not([src])').length,
            ]),
            [undefined, 0],
        );
    },

    async staysUsableWithAThousandChildren(bed) {
        const host = await bed.fakeHost(1000);
        const page = await bed.page(host);
        assert.equal(await page.locator('tbody tr').count(), 50);
        assert.equal(await page.locator('.slots i').count(), 1000);
        assert.ok((await page.evaluate(() => document.querySelectorAll('*').length)) < 5000);
        await page.getByRole('button', {name: 'Show 200 more of 950'}).click();
        assert.equal(await page.locator('tbody tr').count(), 250);
        const filter = page.getByRole('searchbox');
        await filter.fill('1777');
        await rowOf(page, 777).waitFor();
        assert.equal(await page.locator('tbody tr').count(), 1);
        await filter.fill('no such child');
        await page.getByText('None of its 1,000 children matches the filter.').waitFor();
        await filter.fill('');
        host.change(901, {state: 'failed', reason: 'gave up'});
        await page.getByText('999 ready · 1 in trouble').waitFor();
        await page.getByRole('checkbox', {name: 'Not ready only'}).check();
        await rowOf(page, 901).getByText('gave up').waitFor();
        assert.equal(await page.locator('tbody tr').count(), 1);
        await eventually(async () => assert.equal(await page.title(), '(1 not ready) ClusterManager'));
    },
};
