// Questions, and short notes at the edge. A dialog keeps the focus inside and gives it back; Escape closes
// it.
import {h, icon, setText} from './dom.js';
import {token} from './api.js';

const kFocusable =
    'button:not([disabled]), input:not([disabled]), select:not([disabled]), a[href], [tabindex="0"]';
const kToastTime = 7000;
const kMostToasts = 4;
const kAnnounceRest = 2500;

let lastId = 0;

// Shows `content` (elements) under `title` until it is closed. Gives {dialog, close}; `closed` is called in
// the end.
export function openDialog({title, content, kind = 'small', closed = () => {}}) {
    const id = `dialog-${(lastId += 1)}`;
    const opener = document.activeElement;
    const close = () => dialog.close();
    const dialog = h(
        'dialog',
        {class: `dialog ${kind}`, 'aria-labelledby': id},
        h(
            'header',
            {class: 'dialog-head'},
            h('h2', {id, tabindex: '-1'}, title),
            h(
                'button',
                {type: 'button', class: 'quiet icon-only', 'aria-label': 'Close', onclick: close},
                icon('close'),
            ),
        ),
        ...content,
    );
    dialog.addEventListener('keydown', keepFocusInside);
    dialog.addEventListener('click', (event) => {
        if (event.target === dialog) close(); // beside it
    });
    dialog.addEventListener('close', () => {
        dialog.remove();
        closed();
        giveFocusBack(opener);
    });
    document.body.append(dialog);
    dialog.showModal();
    (dialog.querySelector('[autofocus]') ?? dialog.querySelector('h2')).focus();
    return {dialog, close};
}

function keepFocusInside(event) {
    if (event.key !== 'Tab') return;
    const stops = [...event.currentTarget.querySelectorAll(kFocusable)].filter(
        (one) => one.offsetParent !== null,
    );
    if (stops.length === 0) return;
    const [first, last] = [stops[0], stops.at(-1)];
    const at = document.activeElement;
    const leaves = event.shiftKey ? at === first || !stops.includes(at) : at === last;
    if (!leaves) return;
    event.preventDefault();
    (event.shiftKey ? last : first).focus();
}

// What opened it may be gone by now, as a child that ended.
function giveFocusBack(opener) {
    if (opener instanceof HTMLElement && opener.isConnected && opener !== document.body) opener.focus();
    else document.getElementById('groups').focus();
}

// Asks before something is changed. `run(value)` does it; where the host refuses, its sentence stands in the
// dialog and nothing is closed. `field`: {label, value, min, max}, a number to ask for.
export function confirm({title, text, button, dangerous = false, field = null, run}) {
    const problem = h('p', {class: 'problem', role: 'alert', hidden: true});
    const input =
        field &&
        h('input', {
            type: 'number',
            id: 'dialog-field',
            autofocus: true,
            required: true,
            step: 1,
            inputmode: 'numeric',
            value: field.value,
            min: field.min,
            max: field.max,
        });
    const go = h('button', {type: 'submit', class: dangerous ? 'danger' : 'primary'}, button);
    const cancel = h('button', {type: 'button', autofocus: field === null, onclick: () => close()}, 'Cancel');
    const submit = async (event) => {
        event.preventDefault();
        if (go.disabled) return;
        go.disabled = true;
        problem.hidden = true;
        try {
            await run(input ? input.valueAsNumber : undefined);
            close();
        } catch (error) {
            setText(problem, error.message);
            problem.hidden = false;
            go.disabled = false;
            if (dialog.open && document.activeElement === document.body) go.focus();
        }
    };
    const form = h(
        'form',
        {class: 'dialog-body', onsubmit: submit},
        h('p', {}, text),
        field && h('div', {class: 'field'}, h('label', {for: 'dialog-field'}, field.label), input),
        problem,
        h('div', {class: 'dialog-buttons'}, cancel, go),
    );
    const {dialog, close} = openDialog({title, content: [form]});
    if (input) input.select();
}

// Resolves to whether a token was given. It is kept until the tab is closed, and nowhere else.
export function askToken(sentence) {
    return new Promise((resolve) => {
        let given = false;
        const input = h('input', {
            type: 'password',
            id: 'token',
            autofocus: true,
            required: true,
            autocomplete: 'off',
            spellcheck: 'false',
            'aria-describedby': 'token-note',
            pattern: '[!-~]+',
            title: 'Letters, digits and signs, no spaces',
        });
        const submit = (event) => {
            event.preventDefault();
            token.set(input.value);
            given = true;
            close();
        };
        const form = h(
            'form',
            {class: 'dialog-body', onsubmit: submit},
            sentence === '' ? null : h('p', {class: 'problem', role: 'alert'}, sentence),
            h('div', {class: 'field'}, h('label', {for: 'token'}, 'Token'), input),
            h(
                'p',
                {id: 'token-note', class: 'note'},
                'One of the tokens of the control port. It is kept in this tab alone, and gone with it.',
            ),
            h(
                'div',
                {class: 'dialog-buttons'},
                h('button', {type: 'button', onclick: () => close()}, 'Cancel'),
                h('button', {type: 'submit', class: 'primary'}, 'Use token'),
            ),
        );
        const {close} = openDialog({
            title: 'This host wants a token',
            content: [form],
            closed: () => resolve(given),
        });
    });
}

// For everybody to see, and said by a screen reader when it has time.
export function toast(text, kind = 'info') {
    const list = document.getElementById('toasts');
    const note = h(
        'div',
        {class: `toast ${kind}`},
        icon(kind === 'problem' ? 'trouble' : 'info'),
        h('span', {}, text),
    );
    list.append(note);
    while (list.children.length > kMostToasts) list.firstElementChild.remove();
    setTimeout(() => note.remove(), kind === 'problem' ? 2 * kToastTime : kToastTime);
}

let announced = 0;
let waiting = [];

// For a screen reader alone, and not too often: of many, the last one and how many there were.
export function announce(text) {
    waiting.push(text);
    if (waiting.length > 1) return;
    setTimeout(
        () => {
            const more = waiting.length - 1;
            setText(
                document.getElementById('announcer'),
                waiting.at(-1) + (more > 0 ? ` And ${more} more.` : ''),
            );
            waiting = [];
            announced = Date.now();
        },
        Math.max(200, announced + kAnnounceRest - Date.now()),
    );
}
