// Numbers and times as people read them. What is not known (null) is a dash.

const kNumber = new Intl.NumberFormat('en');
const kUnknown = '–';

export function number(value) {
    return value === null || value === undefined ? kUnknown : kNumber.format(value);
}

export function plural(count, one, many = one + 's') {
    return `${number(count)} ${count === 1 ? one : many}`;
}

export function memory(kiB) {
    if (kiB === null || kiB === undefined) return kUnknown;
    const units = ['KiB', 'MiB', 'GiB', 'TiB'];
    let value = kiB;
    let unit = 0;
    while (value >= 1000 && unit < units.length - 1) {
        value /= 1024;
        unit += 1;
    }
    return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

// Of one CPU.
export function cpu(percent) {
    if (percent === null || percent === undefined) return kUnknown;
    return `${percent < 9.95 ? percent.toFixed(1) : Math.round(percent)} %`;
}

export function rate(perSecond) {
    if (perSecond === null || perSecond === undefined) return kUnknown;
    if (perSecond === 0) return '0/s';
    return perSecond < 10 ? `${perSecond.toFixed(1)}/s` : `${number(Math.round(perSecond))}/s`;
}

// The two largest units: "3 d 4 h", "12 min 5 s", "640 ms".
export function duration(ms) {
    if (ms === null || ms === undefined) return kUnknown;
    if (ms < 1000) return `${Math.round(ms)} ms`;
    if (ms < 10_000) return `${(Math.floor(ms / 100) / 10).toFixed(1)} s`;
    const seconds = Math.floor(ms / 1000);
    const parts = [
        [Math.floor(seconds / 86_400), 'd'],
        [Math.floor(seconds / 3600) % 24, 'h'],
        [Math.floor(seconds / 60) % 60, 'min'],
        [seconds % 60, 's'],
    ];
    const first = parts.findIndex(([count]) => count > 0);
    return parts
        .slice(first, first + 2)
        .filter(([count], index) => index === 0 || count > 0)
        .map(([count, unit]) => `${count} ${unit}`)
        .join(' ');
}

// In whole seconds, for what counts up on the screen.
export function uptime(ms) {
    if (ms === null || ms === undefined) return kUnknown;
    return ms < 1000
        ? '0 s'
        : duration(ms < 10_000 ? Math.floor(ms / 1000) * 1000 : ms).replace('.0 s', ' s');
}

export function clock(time) {
    const date = new Date(time);
    return Number.isNaN(date.getTime()) ? kUnknown : date.toLocaleTimeString('en-GB');
}

export function moment(time) {
    const date = new Date(time);
    if (Number.isNaN(date.getTime())) return kUnknown;
    return `${date.toLocaleDateString('sv-SE')} ${date.toLocaleTimeString('en-GB')}`;
}

// How a process ended; null: none has.
export function exitText(exit) {
    if (exit === null) return kUnknown;
    return exit.reason === '' || exit.reason === exit.text ? exit.text : `${exit.text}: ${exit.reason}`;
}
