//! The kinds of files that a pack is made of, for the schemas that editors read. Must not know their keys.

use super::{collector_source, control_source, definitions_source, events_source, facts_source, framework, handbook};
use crate::keys::{Document, Form, Mark, Places};

/// All that a person writes into a pack.
pub static DOCUMENTS: [Document; 8] = [
    Document {
        name: "control",
        title: "A control of Plumbline: controls/<service>/<id>.yaml in a pack",
        form: &Form::Table(&control_source::keys::CONTROL),
        places: Places::Filled,
    },
    Document {
        name: "collector",
        title: "Resource types of Plumbline: collectors/<service>.yaml in a pack",
        form: &Form::Table(&collector_source::keys::FILE),
        places: Places::Kept,
    },
    Document {
        name: "definitions",
        title: "Definitions of Plumbline's controls: definitions/<topic>.yaml in a pack",
        form: &Form::Table(&definitions_source::FILE),
        places: Places::Kept,
    },
    Document {
        name: "events",
        title: "Sample events of Plumbline's controls: events/<name>.yaml in a pack",
        form: &Form::Table(&events_source::FILE),
        places: Places::Kept,
    },
    Document {
        name: "facts",
        title: "Facts that age, for Plumbline's controls: facts/<id>.yaml in a pack",
        form: &Form::Table(&facts_source::FILE),
        places: Places::Kept,
    },
    Document {
        name: "framework",
        title: "A framework of Plumbline, or what a pack adds to one: frameworks/<id>.yaml",
        form: &Form::Marked(
            &[Mark("extends", None)],
            &Form::Table(&framework::keys::EXTENSION),
            &Form::Table(&framework::keys::FRAMEWORK),
        ),
        places: Places::Kept,
    },
    Document {
        name: "process",
        title: "A process of Plumbline's handbook: processes/<chapter>/<id>.yaml in a pack",
        form: &Form::Table(&handbook::keys::PROCESS),
        places: Places::Kept,
    },
    Document {
        name: "log-sources",
        title: "Which services log where, for Plumbline's handbook: log-sources/<family>.yaml in a pack",
        form: &Form::Table(&handbook::keys::LOG_SOURCES),
        places: Places::Kept,
    },
];
