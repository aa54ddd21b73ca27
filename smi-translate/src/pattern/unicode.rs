//! Unicode properties: the names RE2 and Go both know, and what is in them.
//!
//! The tables are those of `regex_syntax` and may be a Unicode version ahead of a mesh: characters assigned since then can be
//! classified differently.

use regex_syntax::hir::{Class, ClassUnicode, HirKind};

/// Names of general categories.
const CATEGORIES: &[&str] = &[
    "C", "Cc", "Cf", "Co", "Cs", "L", "Ll", "Lm", "Lo", "Lt", "Lu", "M", "Mc", "Me", "Mn", "N", "Nd", "Nl",
    "No", "P", "Pc", "Pd", "Pe", "Pf", "Pi", "Po", "Ps", "S", "Sc", "Sk", "Sm", "So", "Z", "Zl", "Zp", "Zs",
];

/// Names of scripts. Those with an underscore are missing on purpose: Go refuses them since 1.25 (it compares names after it
/// has removed the underscores from one side only).
const SCRIPTS: &[&str] = &[
    "Adlam",
    "Ahom",
    "Arabic",
    "Armenian",
    "Avestan",
    "Balinese",
    "Bamum",
    "Batak",
    "Bengali",
    "Bhaiksuki",
    "Bopomofo",
    "Brahmi",
    "Braille",
    "Buginese",
    "Buhid",
    "Carian",
    "Chakma",
    "Cham",
    "Cherokee",
    "Chorasmian",
    "Common",
    "Coptic",
    "Cuneiform",
    "Cypriot",
    "Cyrillic",
    "Deseret",
    "Devanagari",
    "Dogra",
    "Duployan",
    "Elbasan",
    "Elymaic",
    "Ethiopic",
    "Georgian",
    "Glagolitic",
    "Gothic",
    "Grantha",
    "Greek",
    "Gujarati",
    "Gurmukhi",
    "Han",
    "Hangul",
    "Hanunoo",
    "Hatran",
    "Hebrew",
    "Hiragana",
    "Inherited",
    "Javanese",
    "Kaithi",
    "Kannada",
    "Katakana",
    "Kawi",
    "Kharoshthi",
    "Khmer",
    "Khojki",
    "Khudawadi",
    "Lao",
    "Latin",
    "Lepcha",
    "Limbu",
    "Lisu",
    "Lycian",
    "Lydian",
    "Mahajani",
    "Makasar",
    "Malayalam",
    "Mandaic",
    "Manichaean",
    "Marchen",
    "Medefaidrin",
    "Miao",
    "Modi",
    "Mongolian",
    "Mro",
    "Multani",
    "Myanmar",
    "Nabataean",
    "Nandinagari",
    "Newa",
    "Nko",
    "Nushu",
    "Ogham",
    "Oriya",
    "Osage",
    "Osmanya",
    "Palmyrene",
    "Phoenician",
    "Rejang",
    "Runic",
    "Samaritan",
    "Saurashtra",
    "Sharada",
    "Shavian",
    "Siddham",
    "Sinhala",
    "Sogdian",
    "Soyombo",
    "Sundanese",
    "Syriac",
    "Tagalog",
    "Tagbanwa",
    "Takri",
    "Tamil",
    "Tangsa",
    "Tangut",
    "Telugu",
    "Thaana",
    "Thai",
    "Tibetan",
    "Tifinagh",
    "Tirhuta",
    "Toto",
    "Ugaritic",
    "Vai",
    "Vithkuqi",
    "Wancho",
    "Yezidi",
    "Yi",
];

/// The class that RE2 knows under `name`.
pub(super) fn group(name: &str) -> Option<ClassUnicode> {
    match name {
        "Any" => Some(ClassUnicode::new([regex_syntax::hir::ClassUnicodeRange::new('\0', char::MAX)])),
        // Surrogates are in no text.
        "Cs" => Some(ClassUnicode::empty()),
        // Unassigned code points belong to no group, though Unicode counts them here.
        "C" => {
            let mut class = property("Cc");
            class.union(&property("Cf"));
            class.union(&property("Co"));
            Some(class)
        }
        _ if CATEGORIES.binary_search(&name).is_ok() => Some(property(name)),
        _ if SCRIPTS.binary_search(&name).is_ok() => Some(property(&format!("Script={name}"))),
        _ => None,
    }
}

/// A property by the name `regex_syntax` has for it.
pub(super) fn property(query: &str) -> ClassUnicode {
    let parsed = regex_syntax::parse(&format!(r"\p{{{query}}}")).map(regex_syntax::hir::Hir::into_kind);
    match parsed {
        Ok(HirKind::Class(Class::Unicode(class))) => class,
        // A property of a single character becomes a literal.
        Ok(HirKind::Literal(literal)) => {
            let text = std::str::from_utf8(&literal.0).expect("a Unicode property holds characters");
            ClassUnicode::new(text.chars().map(|c| regex_syntax::hir::ClassUnicodeRange::new(c, c)))
        }
        other => unreachable!("the property {query} is in the tables: {other:?}"),
    }
}
