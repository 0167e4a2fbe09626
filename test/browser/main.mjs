// Runs the tests, some at a time as most of them wait most of the time, and counts them as the other test
// programs do.
//     node main.mjs FOLDER HOST PLUGIN [NAME...]
import {tests as accessibility} from './accessibility.mjs';
import {Bed, openBrowser} from './bed.mjs';
import {tests as connection} from './connection.mjs';
import {tests as operation} from './operation.mjs';
import {tests as real} from './real.mjs';
import {tests as view} from './view.mjs';

const kAtATime = 3;

const [folder, host, plugin, ...names] = process.argv.slice(2);
const waiting = Object.entries({...real, ...connection, ...operation, ...view, ...accessibility}).filter(
    ([name]) => names.length === 0 || names.includes(name),
);
const shared = await openBrowser(folder, host, plugin);
let passed = 0;
let failed = 0;

async function runThoseThatWait() {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const [name, test] = next;
        const begun = Date.now();
        try {
            await new Bed(shared).run(test);
            passed += 1;
            console.log(`${name} : OK (${Date.now() - begun} ms)`);
        } catch (error) {
            failed += 1;
            console.log(`${name} : FAILED\n${error.stack ?? error}`);
        }
    }
}

await Promise.all(Array.from({length: kAtATime}, runThoseThatWait));
await shared.browser.close();
console.log(`count: ${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
