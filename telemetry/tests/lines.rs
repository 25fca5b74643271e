//! Log lines without a collector: what the filter lets through is on, and nothing else. A process of its own, since it is
//! set up once in a process.

use plumbline_telemetry::propagation::{Carrier, Joined, TRACEPARENT, inject, join};
use plumbline_telemetry::{Options, init};
use tracing::level_filters::LevelFilter;
use tracing::{Level, enabled};

#[test]
fn the_filter_alone_says_what_is_written() {
    let options = Options { filter: "warn,plumbline=info".to_owned(), ..Options::default() };
    let _guard = init(&options, None).unwrap();
    assert_eq!(LevelFilter::current(), LevelFilter::INFO);
    assert!(enabled!(target: "plumbline_agent", Level::INFO) && !enabled!(target: "plumbline_agent", Level::DEBUG));
    assert!(enabled!(target: "hyper", Level::WARN) && !enabled!(target: "hyper", Level::INFO));
    // Nothing is traced: nothing is sent along, and nothing is joined.
    let span = tracing::info_span!(target: "plumbline_agent", "job");
    assert_eq!(inject(&span), Carrier::new());
    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned();
    assert_eq!(join(&span, &Carrier::from([(TRACEPARENT.to_owned(), parent)])), Joined::No);
}
