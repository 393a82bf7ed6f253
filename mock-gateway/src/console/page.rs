//! The files of the page, embedded as they are written, and what a browser may make of them. Nothing
//! in them is a secret; whoever has no visit sees only that.

/// A file of the page.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) media: &'static str,
    pub(crate) text: &'static str,
}

/// What the page may do: run its own scripts and talk to its own address. Nothing may be inlined,
/// framed, sent elsewhere, or turned from text into markup.
pub(crate) const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'; trusted-types 'none'";

const SCRIPT: &str = "text/javascript; charset=utf-8";

/// The page itself. It looks at its own address to know what to show.
const PAGE: File = File { media: "text/html; charset=utf-8", text: include_str!("www/index.html") };

macro_rules! files {
    ($($name:literal: $media:expr),* $(,)?) => {
        &[$((concat!("/", $name), File { media: $media, text: include_str!(concat!("www/", $name)) })),*]
    };
}

const FILES: &[(&str, File)] = files! {
    "style.css": "text/css; charset=utf-8",
    "icon.svg": "image/svg+xml",
    "main.js": SCRIPT,
    "gateway.js": SCRIPT,
    "element.js": SCRIPT,
    "json.js": SCRIPT,
    "diff.js": SCRIPT,
    "ledger.js": SCRIPT,
    "clock.js": SCRIPT,
    "keys.js": SCRIPT,
    "verdict.js": SCRIPT,
    "activity.js": SCRIPT,
    "request.js": SCRIPT,
    "approvals.js": SCRIPT,
    "windows.js": SCRIPT,
    "scenario.js": SCRIPT,
    "fidelity.js": SCRIPT,
};

/// The views of the page; each has addresses below its own.
const VIEWS: [&str; 6] = ["", "requests", "approvals", "windows", "scenario", "fidelity"];

/// The file under a path of the console, such as `/style.css`.
pub(crate) fn find(path: &str) -> Option<&'static File> {
    let view = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    let file = FILES.iter().find(|(name, _)| *name == path).map(|(_, file)| file);
    file.or_else(|| VIEWS.contains(&view).then_some(&PAGE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_file_a_view_or_nothing() {
        for page in ["", "/", "/requests/7", "/approvals", "/approvals/a%2Fb", "/scenario"] {
            assert!(find(page).is_some_and(|file| file.text == PAGE.text), "{page}");
        }
        assert_eq!(find("/main.js").map(|file| file.media), Some(SCRIPT));
        for nothing in ["/main.js/", "/www/main.js", "/../page.rs", "/session", "/favicon.ico", "/approvals.js.map"] {
            assert!(find(nothing).is_none(), "{nothing}");
        }
    }

    #[test]
    fn every_file_that_lies_there_is_served() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/console/www");
        for entry in std::fs::read_dir(folder).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            assert!(name == "index.html" || find(&format!("/{name}")).is_some(), "{name}");
        }
    }

    #[test]
    fn nothing_comes_from_elsewhere_and_nothing_is_inlined() {
        for (name, File { text, .. }) in FILES.iter().chain([&("/", PAGE)]) {
            let elsewhere = text.replace("http://www.w3.org/2000/svg", "").replace("`http://", "");
            assert!(!elsewhere.contains("http://") && !elsewhere.contains("https://"), "{name}");
            for markup in
                ["innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(", "DOMParser", " style="]
            {
                assert!(!text.contains(markup), "{name} has {markup}");
            }
        }
        assert!(!PAGE.text.contains("<style") && !PAGE.text.contains("javascript:"));
        let handler = PAGE.text.split_whitespace().find(|word| word.starts_with("on") && word.contains('='));
        assert_eq!(handler, None, "an event handler in the page");
    }
}
