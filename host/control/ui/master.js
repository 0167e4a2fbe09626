// The host itself: what it is, what it uses, and its log level.
import {levelChoice, setLogLevel, showLevel} from './actions.js';
import {h, setText} from './dom.js';
import {cpu, memory, number, rate, uptime} from './format.js';
import {Pill} from './states.js';
import {Sparkline} from './trends.js';

function listenerText({name, address, queued = null, queueLimit = null, fileLost = false}) {
    const queue =
        queued === null || queueLimit === null ? '' : ` (${number(queued)} of ${number(queueLimit)} queued)`;
    return `${name} ${address}${queue}${fileLost ? ' (its file was removed)' : ''}`;
}

export class MasterView {
    #pill = new Pill();
    #began = null;
    #fields = new Map();
    #memoryChart = new Sparkline();
    #cpuChart = new Sparkline();
    #level = levelChoice({name: 'Log level of the host and all children', id: 'log-level', ask: setLogLevel});

    constructor(element) {
        const field = (name, ...more) => {
            const value = h('span', {class: 'value'});
            this.#fields.set(name, value);
            return h('div', {class: 'gauge'}, h('dt', {}, name), h('dd', {}, value, ...more));
        };
        element.append(
            h(
                'dl',
                {class: 'gauges'},
                h('div', {class: 'gauge'}, h('dt', {}, 'Host'), h('dd', {}, this.#pill.element)),
                h(
                    'div',
                    {class: 'gauge'},
                    h('dt', {}, h('label', {for: 'log-level'}, 'Log level')),
                    h('dd', {}, this.#level),
                ),
                field('Children ready'),
                field('Restarts'),
                field('Requests'),
                field('Memory', this.#memoryChart.element),
                field('CPU', this.#cpuChart.element),
                field('Uptime'),
                field('Process'),
                field('Listening'),
            ),
        );
    }

    update({status, trends, now}) {
        const {master, children, groups, listeners} = status;
        const trend = trends.of('master');
        this.#began = now - master.uptimeMs;
        this.#pill.show(master.stopping ? 'stopping' : 'running');
        const sum = (list, value) => list.reduce((total, one) => total + value(one), 0);
        this.#set(
            'Children ready',
            `${number(sum(groups, ({ready}) => ready))} of ${number(sum(groups, ({count}) => count))}`,
        );
        this.#set('Restarts', number(sum(children, ({restarts}) => restarts)));
        const speeds = groups
            .map(({name}) => trends.of(`group ${name}`).requests.last)
            .filter((speed) => speed !== null);
        this.#set('Requests', rate(speeds.length === 0 ? null : sum(speeds, (speed) => speed)));
        this.#set(
            'Process',
            `pid ${master.pid}${master.upgrades > 0 ? `, ${master.upgrades}× upgraded` : ''}`,
        );
        this.#set('Memory', memory(master.rssKiB));
        this.#set('CPU', cpu(trend.cpu.last));
        this.#set('Listening', listeners.map(listenerText).join(', ') || 'nowhere');
        this.#memoryChart.draw(trend.memory.values, 4096);
        this.#cpuChart.draw(trend.cpu.values, 10);
        showLevel(this.#level, master.logLevel);
        this.tick(now);
    }

    tick(now) {
        if (this.#began !== null) this.#set('Uptime', uptime(now - this.#began));
    }

    #set(name, text) {
        setText(this.#fields.get(name), text);
    }
}
