// Light, dark, or as the system has it. Not a module: it runs before the first thing is drawn.
'use strict';

(function () {
    const key = 'clustermanager.theme';
    const themes = ['system', 'light', 'dark'];

    function stored() {
        try {
            const value = localStorage.getItem(key);
            return themes.includes(value) ? value : 'system';
        } catch {
            return 'system';
        }
    }

    function apply(theme) {
        if (theme === 'system') delete document.documentElement.dataset.theme;
        else document.documentElement.dataset.theme = theme;
    }

    window.theme = {
        current: stored,
        next() {
            const theme = themes[(themes.indexOf(stored()) + 1) % themes.length];
            try {
                localStorage.setItem(key, theme);
            } catch {
                // Then it lasts as long as the page.
            }
            apply(theme);
            return theme;
        },
    };
    apply(stored());
})();
