// What can be changed from the page: each asks first, then posts one command.
import {post, Refusal} from './api.js';
import {confirm, toast} from './dialogs.js';
import {h, icon, setAttribute} from './dom.js';
import {plural} from './format.js';

export const kLogLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];

let follow = () => {};
let forbidden = ''; // why nothing may be changed, or ''
let offline = '';

// `track(id)` is told of the operations that are begun.
export function followOperationsWith(track) {
    follow = track;
}

// What the buttons say while nothing can be changed; '' where it can.
export function setOffline(sentence) {
    offline = sentence;
    refresh();
}

// Another token may be allowed more.
export function forgetRefusal() {
    forbidden = '';
    refresh();
}

function obstacle() {
    return offline || forbidden;
}

function refresh() {
    for (const control of document.querySelectorAll('[data-changes]')) mark(control);
}

// Not `disabled`, which would take the focus away and keep the reason from whoever uses the keyboard.
function mark(control) {
    const why = obstacle();
    setAttribute(control, 'aria-disabled', why === '' ? null : 'true');
    setAttribute(control, 'title', why || control.dataset.title || null);
    setAttribute(control, 'aria-description', why || null);
}

// Calls `act` where something may be changed, else says why not. False: it may not.
function ifAllowed(act) {
    const why = obstacle();
    if (why === '') act();
    else toast(why, 'problem');
    return why === '';
}

// A button that changes something. `name` is what it says where only its icon is seen.
export function actionButton({label, name, symbol, act, compact = false, kind = 'quiet'}) {
    const button = h(
        'button',
        {
            type: 'button',
            class: `${kind} ${compact ? 'icon-only' : ''}`,
            'data-changes': true,
            'aria-label': name,
            'data-title': compact ? name : null,
            title: compact ? name : null,
            onclick: () => ifAllowed(act),
        },
        icon(symbol),
        h('span', {class: 'word'}, label),
    );
    mark(button);
    return button;
}

// A choice of the log level. `ask(level)` is called with what was chosen; what is shown stays as it is until
// the host has confirmed.
export function levelChoice({name, id, ask}) {
    const select = h(
        'select',
        {id, 'aria-label': name, 'data-changes': true},
        ...kLogLevels.map((level) => h('option', {value: level}, level)),
    );
    select.addEventListener('change', () => {
        const level = select.value;
        select.value = select.dataset.level;
        ifAllowed(() => ask(level));
    });
    mark(select);
    return select;
}

export function showLevel(select, level) {
    if (select.dataset.level === level) return;
    select.dataset.level = level;
    select.value = level;
}

async function change(path, done) {
    try {
        const answer = await post(path);
        for (const {id} of answer.operations ?? []) follow(id);
        toast(done);
    } catch (error) {
        // The role does not change while the token does not.
        if (error instanceof Refusal && error.status === 403) {
            forbidden = error.message;
            refresh();
        }
        throw error;
    }
}

const path = (...parts) => parts.map(encodeURIComponent).join('/');

const children = (count) => plural(count, 'child', 'children');

export function restartChild({id, group}) {
    confirm({
        title: `Restart child ${id}?`,
        text:
            `Child ${id} of ${group} finishes what it has in hand and stops; ` +
            'with autoRestart another process takes its number.',
        button: 'Restart',
        run: () => change(path('children', id, 'exit'), `Child ${id} restarts.`),
    });
}

export function restartGroup({name, count}) {
    confirm({
        title: `Restart all of ${name}?`,
        text:
            `${children(count)} of ${name} stop at the same time, each as soon as it has nothing in hand, ` +
            'and come back with autoRestart. A reload replaces them one after the other instead.',
        button: 'Restart all',
        dangerous: true,
        run: () => change(path('groups', name, 'exit'), `The children of ${name} restart.`),
    });
}

export function reloadGroup({name}) {
    confirm({
        title: `Reload ${name}?`,
        text:
            "The plugin's file as it is now takes over, slot by slot, while the others serve. " +
            'One that fails leaves the old processes in place.',
        button: 'Reload',
        run: () => change(path('groups', name, 'reload'), `The reload of ${name} has begun.`),
    });
}

export function scaleGroup({name, count}, most) {
    confirm({
        title: `Scale ${name}`,
        text: `It has ${children(count)} now. Where they become fewer, the highest ids drain first.`,
        button: 'Scale',
        field: {label: 'Children', value: count, min: 0, max: most},
        run: (wanted) =>
            change(path('groups', name, 'scale', wanted), `${name} is scaled to ${children(wanted)}.`),
    });
}

export function stopGroup({name, count}) {
    confirm({
        title: `Stop ${name}?`,
        text: `${children(count)} drain and end, and none starts until somebody starts ${name} again.`,
        button: 'Stop',
        dangerous: true,
        run: () => change(path('groups', name, 'stop'), `${name} stops.`),
    });
}

export function startGroup({name}) {
    confirm({
        title: `Start ${name}?`,
        text: `All children of ${name} are started.`,
        button: 'Start',
        run: () => change(path('groups', name, 'start'), `${name} starts.`),
    });
}

export function setLogLevel(level) {
    confirm({
        title: `Log level ${level} for all?`,
        text: `The host and every child log at ${level} from now on, children started later as well.`,
        button: `Set ${level}`,
        run: () => change(path('logLevel', level), `The log level is ${level}.`),
    });
}

export function setChildLogLevel(level, {id}) {
    confirm({
        title: `Log level ${level} for child ${id}?`,
        text: `Child ${id} alone logs at ${level} from now on.`,
        button: `Set ${level}`,
        run: () => change(`${path('logLevel', level)}?child=${id}`, `Child ${id} logs at ${level}.`),
    });
}
