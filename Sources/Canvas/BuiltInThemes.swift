/// The themes that come with the program; `themes/NAME.yaml` holds the same ones to start one's own from.
extension Theme {
    package static let standard = Theme(
        name: "default",
        builtIn: [
            "text": "default",
            "dim": "#808890",
            "accent": "#5fafff",
            "ok": "#5faf5f",
            "pending": "#d7af00",
            "firing": "#ff5f5f",
            "critical": "#ff5f5f",
            "warning": "#ff9f1c",
            "no_data": "#af87d7",
            "error": "#ff5faf",
            "recovering": "#5fafaf",
            "series1": "#73bf69",
            "series2": "#f2cc0c",
            "series3": "#5794f2",
            "series4": "#ff780a",
            "series5": "#b877d9",
            "series6": "#4fc3d9",
            "series7": "#f2495c",
            "series8": "#c0d860",
            "series9": "#e59ac6",
            "series10": "#8ab8ff",
            "series11": "#d9a066",
            "series12": "#9aa5b1",
            "picture_background": "#111417",
            "picture_foreground": "#d4d8dc",
        ])

    package static let highContrast = Theme(
        name: "high-contrast",
        builtIn: [
            "text": "default bold",
            "dim": "#c0c0c0",
            "accent": "#00ffff bold",
            "ok": "#00ff00",
            "pending": "#ffff00 bold",
            "firing": "#ff3030 bold",
            "critical": "#ff3030 bold",
            "warning": "#ffa000 bold",
            "no_data": "#ff80ff bold",
            "error": "#ff80ff bold underline",
            "recovering": "#00ffff",
            "series1": "#00ff00",
            "series2": "#ffff00",
            "series3": "#60a0ff",
            "series4": "#ff9000",
            "series5": "#ff60ff",
            "series6": "#00ffff",
            "series7": "#ff5050",
            "series8": "#ffffff",
            "picture_background": "#000000",
            "picture_foreground": "#ffffff",
        ])

    /// Okabe and Ito's colours, which stay apart for all common kinds of colour blindness.
    package static let colorBlind = Theme(
        name: "color-blind",
        builtIn: [
            "text": "default",
            "dim": "#8a8f94",
            "accent": "#56b4e9",
            "ok": "#0072b2",
            "pending": "#f0e442",
            "firing": "#d55e00 bold",
            "critical": "#d55e00 bold",
            "warning": "#e69f00",
            "no_data": "#cc79a7",
            "error": "#cc79a7 bold underline",
            "recovering": "#56b4e9",
            "series1": "#56b4e9",
            "series2": "#e69f00",
            "series3": "#009e73",
            "series4": "#f0e442",
            "series5": "#cc79a7",
            "series6": "#0072b2",
            "series7": "#d55e00",
            "series8": "#b0b4b8",
            "picture_background": "#111417",
            "picture_foreground": "#e4e6e8",
        ])

    package static let mono = Theme(
        name: "mono",
        builtIn: [
            "text": "default",
            "dim": "default dim",
            "accent": "default bold",
            "ok": "default",
            "pending": "default",
            "firing": "default bold",
            "critical": "default bold",
            "warning": "default bold",
            "no_data": "default bold",
            "error": "default bold",
            "recovering": "default",
            "series1": "default",
            "picture_background": "#0c0c0c",
            "picture_foreground": "#d8d8d8",
        ])

    /// For light backgrounds, after Ethan Schoonover's Solarized.
    package static let solarizedLight = Theme(
        name: "solarized-light",
        builtIn: [
            "text": "default",
            "dim": "#829192",
            "accent": "#268bd2",
            "ok": "#6b7a00",
            "pending": "#a57800",
            "firing": "#dc322f bold",
            "critical": "#dc322f bold",
            "warning": "#cb4b16",
            "no_data": "#6c71c4",
            "error": "#d33682 bold",
            "recovering": "#2aa198",
            "series1": "#268bd2",
            "series2": "#cb4b16",
            "series3": "#6b7a00",
            "series4": "#6c71c4",
            "series5": "#2aa198",
            "series6": "#d33682",
            "series7": "#a57800",
            "series8": "#586e75",
            "picture_background": "#fdf6e3",
            "picture_foreground": "#586e75",
        ])

    /// The sixteen colours that the user has chosen for the terminal, whatever they are.
    package static let terminal = Theme(
        name: "terminal",
        builtIn: [
            "text": "default",
            "dim": "bright-black",
            "accent": "bright-blue",
            "ok": "green",
            "pending": "yellow",
            "firing": "bright-red",
            "critical": "bright-red",
            "warning": "yellow",
            "no_data": "magenta",
            "error": "bright-magenta",
            "recovering": "cyan",
            "series1": "green",
            "series2": "yellow",
            "series3": "blue",
            "series4": "magenta",
            "series5": "cyan",
            "series6": "red",
            "picture_background": "#111417",
            "picture_foreground": "#d4d8dc",
        ])

    /// In the order in which a key press goes through them.
    package static let builtIn = [standard, highContrast, colorBlind, solarizedLight, terminal, mono]

    package static func builtIn(named name: String) -> Theme? { builtIn.first { $0.name == name } }
}
