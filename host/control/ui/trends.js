// What memory, CPU and requests have been since the page was opened, and the small charts of them. The host
// tells sums (CPU time, requests); what people want to see is how fast they grow.
import {s, setAttribute} from './dom.js';

const kKept = 48;
const kWidth = 64;
const kHeight = 20;

// One thing that is measured from time to time: a process, or a sum of some.
class Series {
    values = [];

    add(value) {
        this.values.push(value);
        if (this.values.length > kKept) this.values.shift();
    }

    get last() {
        return this.values.at(-1) ?? null;
    }
}

// Of one child, or of the host: a report is told once, by its time; another pid begins anew.
export class Trend {
    memory = new Series();
    cpu = new Series(); // percent of one CPU
    requests = new Series(); // per second
    #before = null;

    take({pid, at, rssKiB, cpuMs, requests = null}) {
        if (at === null || rssKiB === null || cpuMs === null) return;
        const before = this.#before;
        if (before !== null && before.at === at && before.pid === pid) return;
        this.#before = {pid, at, cpuMs, requests};
        this.memory.add(rssKiB);
        const ms = before === null || before.pid !== pid ? 0 : at - before.at;
        if (ms <= 0) return;
        this.cpu.add(Math.max(0, ((cpuMs - before.cpuMs) / ms) * 100));
        if (requests !== null) this.requests.add(Math.max(0, ((requests - before.requests) / ms) * 1000));
    }

    takeSum(trends) {
        for (const name of ['memory', 'cpu', 'requests']) {
            const known = trends.map((trend) => trend[name].last).filter((value) => value !== null);
            if (known.length > 0) this[name].add(known.reduce((sum, value) => sum + value, 0));
        }
    }
}

// The trends of a host, by "child 3", "group web", "master". Forgets what is gone.
export class Trends {
    #trends = new Map();

    of(key) {
        let trend = this.#trends.get(key);
        if (trend === undefined) this.#trends.set(key, (trend = new Trend()));
        return trend;
    }

    take(status, now) {
        const {master} = status;
        this.of('master').take({pid: master.pid, at: now, rssKiB: master.rssKiB, cpuMs: master.cpuMs});
        const seen = new Set(['master']);
        const members = new Map();
        for (const child of status.children) {
            const key = `child ${child.id}`;
            seen.add(key);
            if (child.pid === null) this.#trends.delete(key); // it has no memory and takes no time
            const trend = this.of(key);
            trend.take({...child, at: child.reportedAt === null ? null : Date.parse(child.reportedAt)});
            if (!members.has(child.group)) members.set(child.group, []);
            members.get(child.group).push(trend);
        }
        for (const [group, trends] of members) {
            seen.add(`group ${group}`);
            this.of(`group ${group}`).takeSum(trends);
        }
        for (const key of this.#trends.keys()) if (!seen.has(key)) this.#trends.delete(key);
    }
}

// A small chart without words: what it shows stands beside it as a number. The line begins at zero.
export class Sparkline {
    #line = s('path', {class: 'spark-line'});
    #area = s('path', {class: 'spark-area'});
    element = s(
        'svg',
        {
            class: 'spark',
            viewBox: `0 0 ${kWidth} ${kHeight}`,
            preserveAspectRatio: 'none',
            'aria-hidden': 'true',
        },
        s('path', {class: 'spark-base', d: `M0 ${kHeight}H${kWidth}`}),
        this.#area,
        this.#line,
    );

    // `least`: the top of the chart where all values are smaller, so that nothing looks like much.
    draw(values, least = 0) {
        const top = Math.max(least, ...values) * 1.15 || 1;
        const step = kWidth / (kKept - 1);
        const begin = kWidth - step * (values.length - 1);
        const height = (value) => kHeight - 1 - (value / top) * (kHeight - 2);
        const points = values.map(
            (value, i) => `${(begin + i * step).toFixed(1)} ${height(value).toFixed(1)}`,
        );
        const line = points.length > 1 ? `M${points.join('L')}` : '';
        setAttribute(this.#line, 'd', line);
        setAttribute(this.#area, 'd', line === '' ? '' : `${line}V${kHeight}H${begin.toFixed(1)}Z`);
    }
}
