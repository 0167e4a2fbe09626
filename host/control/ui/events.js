// What has happened, the newest first.
import {crashLink} from './crash.js';
import {announce} from './dialogs.js';
import {arrange, h, icon, setText, show} from './dom.js';
import {clock, moment, plural} from './format.js';

const kKept = 200;
const kSigns = {debug: 'dot', info: 'dot', warning: 'trouble', error: 'trouble'};

export class EventsView {
    #list = document.getElementById('event-list');
    #none = document.getElementById('no-events');
    #note = document.getElementById('events-note');
    #serious = document.getElementById('events-serious');
    #entries = []; // {element, serious}, the newest first
    #fresh = [];
    #quietUntil; // what had happened before the page was opened is not announced
    #drawing = false;

    constructor() {
        this.#quietUntil = Date.now() + 2000;
        this.#serious.addEventListener('change', () => this.#draw());
    }

    add(event) {
        const serious = event.severity === 'warning' || event.severity === 'error';
        this.#fresh.push({element: elementOf(event), serious});
        if (serious && Date.now() > this.#quietUntil) announce(event.text);
        this.#drawSoon();
    }

    addGap({from, to, restarted}) {
        const count = to - from + 1;
        const text = restarted
            ? 'The host was started anew.'
            : `${plural(count, 'event')} lost, as more came than are kept.`;
        this.#fresh.push({element: h('li', {class: 'event gap'}, text), serious: true});
        this.#drawSoon();
    }

    showStream({open, sentence}) {
        show(this.#note, !open);
        setText(
            this.#note,
            open ? '' : `Events do not come: ${sentence} The status is read every few seconds.`,
        );
    }

    #drawSoon() {
        if (this.#drawing) return;
        this.#drawing = true;
        setTimeout(() => {
            this.#drawing = false;
            this.#entries = [...this.#fresh.reverse(), ...this.#entries].slice(0, kKept);
            this.#fresh = [];
            this.#draw();
        }, 100);
    }

    #draw() {
        const shown = this.#entries.filter(({serious}) => serious || !this.#serious.checked);
        arrange(
            this.#list,
            shown.map(({element}) => element),
        );
        show(this.#list, shown.length > 0);
        show(this.#none, shown.length === 0);
    }
}

function elementOf({time, severity, group, child, text, crash}) {
    const where = [group, child === undefined ? '' : `child ${child}`].filter(Boolean).join(', ');
    return h(
        'li',
        {class: 'event', 'data-severity': severity},
        icon(kSigns[severity] ?? 'dot'),
        h(
            'div',
            {},
            h(
                'span',
                {class: 'event-head'},
                h('time', {datetime: time, title: moment(time)}, clock(time)),
                severity === 'info' ? null : h('b', {}, severity),
                where === '' ? null : h('span', {}, where),
            ),
            h('span', {class: 'event-text'}, text),
            crash ? crashLink(crash) : null,
        ),
    );
}
