// The page: what comes from the host goes into one picture, and the views show it.
import {followOperationsWith, forgetRefusal, setOffline} from './actions.js';
import {askForTokensWith, token} from './api.js';
import {refreshOpenChild} from './child.js';
import {announce, askToken, toast} from './dialogs.js';
import {arrange, icon, setAttribute, setText, show} from './dom.js';
import {EventsView} from './events.js';
import {duration, plural, uptime} from './format.js';
import {GroupCard} from './group.js';
import {Live} from './live.js';
import {MasterView} from './master.js';
import {concerns, isOver, operationName} from './roll.js';
import {Trends} from './trends.js';

const kShownWhenDone = 8000;

const byId = (id) => document.getElementById(id);
const trends = new Trends();
const master = new MasterView(byId('master'));
const events = new EventsView();
const cards = new Map(); // by the group's name
const operations = new Map(); // by id, as last read; and when it was seen to be over
const begunHere = new Set();
let status = null;
let readAt = 0;
let connection = {state: 'connecting'};

// --- what the host tells ---

const live = new Live({
    status(document) {
        const first = status === null;
        status = document;
        readAt = Date.now();
        trends.take(status, readAt);
        draw();
        if (first)
            announce(
                plural(status.groups.length, 'group') +
                    ', ' +
                    plural(status.children.length, 'child', 'children') +
                    '.',
            );
    },
    operation(operation) {
        const known = operations.get(operation.id);
        const ends = isOver(operation) && !(known && isOver(known));
        operations.set(operation.id, {...operation, overAt: ends ? Date.now() : known?.overAt});
        if (ends) tellEnd(operation);
    },
    event: (event) => events.add(event),
    gap: (gap) => events.addGap(gap),
    stream: (state) => events.showStream(state),
    connection(state) {
        if (state.state === 'live' && connection.state === 'lost') announce('The connection is back.');
        connection = state;
        showConnection();
    },
});

function tellEnd(operation) {
    const name = operationName(operation);
    const text =
        operation.state === 'done'
            ? `${name}: done in ${duration(operation.durationMs)}.`
            : `${name} ${operation.state === 'failed' ? 'has failed' : 'was replaced'}: ${operation.reason}`;
    if (begunHere.delete(operation.id)) toast(text, operation.state === 'done' ? 'info' : 'problem');
    else announce(text);
}

followOperationsWith((id) => {
    begunHere.add(id);
    live.track(id);
});

// --- the picture ---

const filter = {text: '', trouble: false};

function operationOf(group) {
    let latest = null;
    for (const operation of operations.values())
        if (concerns(operation, group) && (latest === null || operation.id > latest.id)) latest = operation;
    return latest;
}

// Those that are done are shown for a while, those that failed until the next one.
function forgetOldOperations(now) {
    for (const [id, {state, overAt}] of operations)
        if (overAt !== undefined && state !== 'failed' && now - overAt > kShownWhenDone)
            operations.delete(id);
    while (operations.size > 100) operations.delete(operations.keys().next().value);
}

function draw() {
    const now = Date.now();
    forgetOldOperations(now);
    setText(byId('version'), status.master.version);
    document.title = titleOf(status);
    show(byId('master'), true);
    master.update({status, trends, now: readAt});
    const members = new Map(status.groups.map(({name}) => [name, []]));
    for (const child of status.children) members.get(child.group)?.push(child);
    for (const name of cards.keys()) if (!members.has(name)) cards.delete(name);
    // A group that is removed lives on beside its successor of the same name: the latest counts.
    const latest = new Map(status.groups.map((group) => [group.name, group]));
    arrange(
        byId('cards'),
        [...latest.values()].map((group) => {
            let card = cards.get(group.name);
            if (card === undefined)
                cards.set(group.name, (card = new GroupCard(group.name, findChild, draw)));
            card.update({
                group,
                children: members.get(group.name),
                operation: operationOf(group.name),
                filter,
                trends,
                options: status.master.options,
                now: readAt,
            });
            return card.element;
        }),
    );
    show(byId('no-groups'), status.groups.length === 0);
    setText(
        byId('no-groups'),
        'This host has no groups. A plugin that is put into its plugins folder becomes one.',
    );
    refreshOpenChild();
}

function titleOf({groups}) {
    const missing = groups.reduce(
        (sum, {state, count, ready}) => sum + (state === 'stopped' ? 0 : Math.max(0, count - ready)),
        0,
    );
    return missing === 0 ? 'ClusterManager' : `(${missing} not ready) ClusterManager`;
}

function findChild(id) {
    return status.children.find((child) => child.id === id);
}

// --- the connection ---

function showConnection() {
    const lost = connection.state === 'lost';
    const locked = connection.state === 'locked';
    const link = byId('connection');
    link.dataset.state = connection.state;
    setText(
        link.querySelector('span'),
        {connecting: 'Connecting', live: 'Live', lost: 'Connection lost', locked: 'No token'}[
            connection.state
        ],
    );
    document.body.classList.toggle('stale', (lost || locked) && status !== null);
    show(byId('banner'), lost || locked);
    show(byId('forget'), token.get() !== null);
    setOffline(lost ? 'There is no connection to the host.' : locked ? 'This host wants a token.' : '');
    if (lost || locked) {
        setText(byId('banner-title'), lost ? 'Connection lost.' : 'This host wants a token.');
        setText(byId('banner-text'), connection.sentence);
        setText(byId('banner-action'), lost ? 'Try now' : 'Enter token');
    }
    tick();
}

function tick() {
    const now = Date.now();
    if (connection.state === 'live') {
        master.tick(now);
        for (const card of cards.values()) card.tick(now);
        return;
    }
    if (connection.state !== 'lost') return setText(byId('banner-next'), '');
    const parts = [];
    if (status !== null) parts.push(`What is shown is ${uptime(now - readAt)} old.`);
    if (connection.retryAt !== null) {
        const left = Math.ceil((connection.retryAt - now) / 1000);
        parts.push(left > 0 ? `Trying again in ${left} s.` : 'Trying again …');
    }
    setText(byId('banner-next'), parts.join(' '));
}

byId('banner-action').addEventListener('click', () => live.tryNow());

askForTokensWith(async (sentence) => {
    const given = await askToken(sentence);
    if (given) forgetRefusal();
    return given;
});

byId('forget').addEventListener('click', () => {
    token.forget();
    forgetRefusal();
    location.reload();
});

// --- the page's own controls ---

byId('filter-text').addEventListener('input', ({target}) => {
    filter.text = target.value.trim().toLowerCase();
    if (status !== null) draw();
});
byId('filter-trouble').addEventListener('change', ({target}) => {
    filter.trouble = target.checked;
    if (status !== null) draw();
});

function showTheme(name) {
    const button = byId('theme');
    button.replaceChildren(icon({system: 'system', light: 'sun', dark: 'moon'}[name]));
    setAttribute(button, 'aria-label', `Theme: ${name}`);
    setAttribute(button, 'title', `Theme: ${name}`);
}

byId('theme').addEventListener('click', () => showTheme(window.theme.next()));
showTheme(window.theme.current());

document.addEventListener('visibilitychange', () => (document.hidden ? live.stop() : live.start()));
addEventListener('online', () => live.tryNow());
setInterval(tick, 1000);
showConnection();
if (!document.hidden) live.start();
