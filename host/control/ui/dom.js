// Elements are made here and nowhere else, from names, attributes and text: nothing that the host says is
// ever taken for markup.

const kSvg = 'http://www.w3.org/2000/svg';

// h('button', {class: 'quiet', onclick: f, 'aria-label': 'Close'}, icon('close'), 'Close')
// What is null, undefined or false is left out.
export function h(name, attributes = {}, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
        if (value === null || value === undefined || value === false) continue;
        if (typeof value === 'function') element.addEventListener(key.slice(2), value);
        else element.setAttribute(key, value === true ? '' : value);
    }
    element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
    return element;
}

export function s(name, attributes = {}, ...children) {
    const element = document.createElementNS(kSvg, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...children);
    return element;
}

// What is not changed is not touched: no layout, and nothing for a screen reader to repeat.
export function setText(element, text) {
    if (element.textContent !== text) element.textContent = text;
}

export function setAttribute(element, name, value) {
    if (value === null || value === false) element.removeAttribute(name);
    else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
}

export function show(element, visible) {
    if (element.hidden === visible) element.hidden = !visible;
}

// Makes these the children of the parent, in this order, and moves none that is in its place already: what is
// moved loses the focus.
export function arrange(parent, wanted) {
    const keep = new Set(wanted);
    for (const child of [...parent.children]) if (!keep.has(child)) child.remove();
    let at = parent.firstElementChild;
    for (const child of wanted) {
        if (child === at) at = at.nextElementSibling;
        else parent.insertBefore(child, at);
    }
}

const kIcons = {
    ready: 'M3 8.5l3.2 3.2L13 4.8',
    progress: 'M8 2.5a5.5 5.5 0 1 0 5.5 5.5',
    leaving: 'M3 8h9M8.5 4.5L12 8l-3.5 3.5',
    trouble: 'M8 2.5v6.5M8 12.4v.6',
    idle: 'M4 8h8',
    restart: 'M13 8a5 5 0 1 1-1.5-3.6M13 2v3h-3',
    reload:
        'M2.5 7a5.5 5.5 0 0 1 9.6-2.6L13.5 6M13.5 2.5V6H10' +
        'M13.5 9a5.5 5.5 0 0 1-9.6 2.6L2.5 10M2.5 13.5V10H6',
    scale: 'M2.5 13.5v-4M6.2 13.5v-6M9.8 13.5v-8M13.5 13.5v-11',
    stop: 'M4 4h8v8H4z',
    start: 'M5 3l8 5-8 5z',
    log: 'M3 3.5h10M3 6.5h10M3 9.5h7M3 12.5h5',
    close: 'M4 4l8 8M12 4l-8 8',
    info: 'M8 7.2v5M8 4v.4',
    dot: 'M8 8v.01',
    sun:
        'M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM8 1.2v1.3M8 13.5v1.3M1.2 8h1.3M13.5 8h1.3' +
        'M3.2 3.2l.9.9M11.9 11.9l.9.9M3.2 12.8l.9-.9M11.9 4.1l.9-.9',
    moon: 'M13 9.6A5.6 5.6 0 0 1 6.4 3a5.6 5.6 0 1 0 6.6 6.6z',
    system: 'M2.5 3h11v7.5h-11zM6 13.5h4M8 10.5v3',
};

// Says nothing to a screen reader: the words stand beside it, or in the label of what it is in.
export function icon(name) {
    return s(
        'svg',
        {class: 'icon', viewBox: '0 0 16 16', 'aria-hidden': 'true'},
        s('path', {d: kIcons[name]}),
    );
}
