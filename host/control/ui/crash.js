// The report of a crash: where it was and how it got there.
import {get} from './api.js';
import {openDialog} from './dialogs.js';
import {h} from './dom.js';
import {duration, moment} from './format.js';

function factsOf(report) {
    return [
        ['Signal', [report.signal, report.code].filter(Boolean).join(', ')],
        ['Address', report.address],
        [
            'Child',
            report.child === null || report.child === undefined
                ? 'run_master'
                : `${report.child} of ${report.group}`,
        ],
        ['Plugin', [report.plugin, report.version].filter(Boolean).join(' ')],
        ['Process', `pid ${report.pid}, start ${report.start}, generation ${report.generation}`],
        ['Thread', report.thread],
        ['When', `${moment(report.time)}, after ${duration(report.uptimeMs)}`],
    ].filter(([, value]) => value !== null && value !== undefined && value !== '');
}

function frameRow(frame, index) {
    const place = frame.module
        ? `${frame.module.split('/').at(-1)}${frame.offset ? ` + ${frame.offset}` : ''}`
        : '';
    return h(
        'tr',
        {},
        h('td', {}, String(index)),
        h('td', {class: 'function'}, frame.function || frame.address || '?'),
        h('td', {title: [frame.module, frame.buildId].filter(Boolean).join(', build ')}, place),
    );
}

function partsOf(report) {
    const frames = report.frames ?? [];
    const log = report.log ?? [];
    return [
        h(
            'dl',
            {class: 'facts'},
            ...factsOf(report).map(([name, value]) =>
                h('div', {}, h('dt', {}, name), h('dd', {}, String(value))),
            ),
        ),
        h('h3', {}, 'Stack'),
        frames.length === 0
            ? h('p', {class: 'note'}, 'No stack could be taken.')
            : h(
                  'div',
                  {
                      class: 'scroll',
                      tabindex: '0',
                      role: 'region',
                      'aria-label': 'Stack of the thread that crashed',
                  },
                  h(
                      'table',
                      {class: 'frames'},
                      h(
                          'thead',
                          {},
                          h(
                              'tr',
                              {},
                              ...['#', 'Function', 'Where'].map((name) => h('th', {scope: 'col'}, name)),
                          ),
                      ),
                      h('tbody', {}, ...frames.map(frameRow)),
                  ),
              ),
        log.length === 0 ? null : h('h3', {}, 'Last log lines'),
        log.length === 0
            ? null
            : h(
                  'div',
                  {class: 'log', tabindex: '0', role: 'region', 'aria-label': 'Last log lines'},
                  ...log.map((line) => h('div', {}, String(line))),
              ),
    ].filter(Boolean);
}

async function openCrash(id) {
    const body = h(
        'div',
        {class: 'dialog-body', 'aria-live': 'polite'},
        h('p', {class: 'note'}, 'Reading the report …'),
    );
    openDialog({title: `Crash ${id}`, kind: 'wide', content: [body]});
    try {
        body.replaceChildren(...partsOf(await get(`crashes/${encodeURIComponent(id)}`)));
    } catch (error) {
        body.replaceChildren(h('p', {class: 'problem', role: 'alert'}, error.message));
    }
}

// A link to the report of a crash. It opens here, with the token that a link of its own could not carry.
export function crashLink(id, words = 'crash report') {
    return h(
        'a',
        {
            href: `crashes/${encodeURIComponent(id)}`,
            class: 'crash-link',
            onclick: (event) => {
                event.preventDefault();
                openCrash(id);
            },
        },
        words,
    );
}
