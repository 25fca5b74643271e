//! What an agent leaves out because it is held: it comes to the same as all of it, and lies come to nothing.

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

use plumbline_proto::agent_v1::{Base, Document, Listing, Status};
use plumbline_proto::chunk::{Change, Chunker, Item, MAX_BYTES};
use plumbline_tree::{self as tree, Builder, Delivered, Names, Nodes};

use super::*;

const TYPES: [&str; 2] = ["AWS::SQS::Queue", "AWS::SNS::Topic"];

/// Resources by type and name: what each is, and how the control stands on it.
type Found = std::collections::BTreeMap<(usize, u8), (u8, bool)>;

fn items(found: &Found, night: usize) -> Vec<Item> {
    let mut items: Vec<Item> =
        TYPES.iter().map(|name| Item::Listing(Listing { r#type: (*name).into(), unread: String::new() })).collect();
    for (&(of, name), &(version, passes)) in found {
        let id = format!("arn:aws:x:eu-west-1:111122223333:r-{name}");
        items.push(Item::Document(Document {
            r#type: TYPES[of].into(),
            id: id.clone(),
            content: format!(r#"{{"Version":{version}}}"#).into_bytes(),
            volatile: changing(of, name, night),
        }));
        let status = if passes { Status::Pass } else { Status::Fail } as i32;
        let (resource, resource_type) = (id, TYPES[of].into());
        items.push(Item::Row(Row { control: "c".into(), status, resource, resource_type, ..Row::default() }));
    }
    items
}

fn nodes(found: &Found) -> Nodes {
    let mut builder = Builder::default();
    builder.extend(items(found, 0));
    builder.finish()
}

/// One scan's job, granted.
async fn granted(store: &Store, id: &str) -> (StoredJob, Holder) {
    let planned = Job { id: format!("{id}-0"), scan: id.into(), controls: vec![0], ..Job::default() };
    store.create_scan(Scan { id: id.into(), ..scan() }, vec![planned]).await.unwrap();
    let job = StoredJob { scan: id.parse().unwrap(), job: format!("{id}-0").parse().unwrap() };
    let fence = store.grant(&job, grant()).await.unwrap().unwrap().fence;
    (job, agent(fence))
}

async fn send(store: &Store, job: &StoredJob, holder: &Holder, items: Vec<Item>, claim: Claim) -> CommitOutcome {
    let mut chunker = Chunker::new(MAX_BYTES);
    let mut pieces: Vec<_> = items.into_iter().filter_map(|item| chunker.push(item)).collect();
    pieces.extend(chunker.finish_chunk());
    for piece in pieces {
        store.put_chunk(job, holder, piece.seq, piece.rows().to_vec()).await.unwrap();
    }
    let total = chunker.total();
    let commit = Commit { rows: total.rows, claim: Some(claim), ..commit(total.chunks, total.root_hash) };
    store.commit(job, holder, commit).await.unwrap()
}

fn whole(found: &Found, night: usize) -> (Vec<Item>, Claim) {
    (items(found, night), Claim { root: Names::of(&nodes(found)).root(), is_on_held: false, dropped: Vec::new() })
}

/// What changes by itself of two resources in three, on a night.
fn changing(of: usize, name: u8, night: usize) -> Vec<u8> {
    let is_any = (of + usize::from(name)) % 3 != 1;
    match is_any {
        true => format!(r#"{{"Seen":{}}}"#, night * 7 + usize::from(name)).into_bytes(),
        false => Vec::new(),
    }
}

/// What an agent sends that asks for what is held: for each type the difference, and what changes by itself.
fn difference(store: &Store, job: &StoredJob, found: &Found, night: usize) -> (Vec<Item>, Claim) {
    let record = store.job(job).unwrap().unwrap();
    let held = store.held(&record, &TYPES.map(str::to_owned)).unwrap();
    let nodes = nodes(found);
    let items = items(found, night);
    let mut sent = Vec::new();
    for (name, node) in &nodes {
        let entries = held.entries.get(name).cloned().unwrap_or_default();
        let difference = tree::difference(&entries, node);
        sent.push(Item::Base(Base { r#type: name.clone(), gone: difference.gone }));
        let ids: Vec<&str> = difference.new.iter().map(|&place| node.entries[place].id.as_str()).collect();
        sent.extend(
            items
                .iter()
                .filter(|item| match item {
                    Item::Row(row) => row.resource_type == *name && ids.contains(&row.resource.as_str()),
                    Item::Document(document) => document.r#type == *name && ids.contains(&document.id.as_str()),
                    Item::Listing(listing) => listing.r#type == *name,
                    _ => false,
                })
                .cloned(),
        );
        let volatile = |entry: &tree::Entry| {
            items.iter().find_map(|item| match item {
                Item::Document(each) if each.r#type == *name && each.id == entry.id => Some(each.volatile.clone()),
                _ => None,
            })
        };
        let kept = (0..).zip(&node.entries).filter(|(_, entry)| !ids.contains(&entry.id.as_str()));
        let changes = kept.filter_map(|(place, entry)| Some((place, volatile(entry).filter(|each| !each.is_empty())?)));
        sent.extend(changes.map(|(place, members)| Item::Changing(Change { type_name: name.clone(), place, members })));
    }
    let claim = Claim { root: Names::of(&nodes).root(), is_on_held: true, dropped: Vec::new() };
    (sent, claim)
}

/// All that a job's record and memory say.
fn known(store: &Store, job: &StoredJob) -> (Vec<StoredRow>, Vec<Option<Documents>>, Job) {
    let record = store.job(job).unwrap().unwrap();
    let parts = store.parts(&record).unwrap();
    let rows = parts.iter().flat_map(|part| part.rows().unwrap()).collect();
    let documents = parts.iter().map(|part| store.documents(&record, part).unwrap()).collect();
    (rows, documents, Job { fence: 0, ..record })
}

fn found() -> impl Strategy<Value = Found> {
    btree_map((0..TYPES.len(), 0..12u8), (0..3u8, any::<bool>()), 0..16)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn a_difference_comes_to_the_same_as_all_of_it(nights in vec(found(), 1..5)) {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
            let (whole_store, store) = (Store::in_memory(), Store::in_memory());
            for (number, found) in nights.iter().enumerate() {
                let id = format!("N{number}");
                let (job, holder) = granted(&whole_store, &id).await;
                let (items, claim) = whole(found, number);
                let outcome = send(&whole_store, &job, &holder, items, claim.clone()).await;
                assert!(matches!(outcome, CommitOutcome::Committed(_)));
                let expected = known(&whole_store, &job);
                let held = whole_store.read(|transaction| {
                    let head = remember::head_of(&transaction.open_table(remember::SCOPES)?, &1u32.to_be_bytes())?;
                    Ok(head.unwrap().root)
                });
                assert_eq!(held, Ok(claim.root.to_vec()), "what is held has the name that the agent gives it");
                let (job, holder) = granted(&store, &id).await;
                let (items, claim) = difference(&store, &job, found, number);
                let outcome = send(&store, &job, &holder, items, claim).await;
                // On the first night nothing is held that a difference could be to.
                let outcome = match outcome {
                    CommitOutcome::WantsAll => {
                        assert_eq!(number, 0);
                        let (items, claim) = whole(found, number);
                        send(&store, &job, &holder, items, claim).await
                    }
                    outcome => outcome,
                };
                assert!(matches!(outcome, CommitOutcome::Committed(_)), "{outcome:?}");
                assert_eq!(known(&store, &job), expected);
            }
        });
    }
}

fn change(type_name: &str, place: u32) -> Item {
    Item::Changing(Change { type_name: type_name.into(), place, members: b"{}".to_vec() })
}

/// A store with one night of two queues and a topic, and a second job that is granted.
async fn second_night() -> (Store, Found, StoredJob, Holder) {
    let store = Store::in_memory();
    let found: Found = [((0, 1), (1, false)), ((0, 2), (1, true)), ((1, 1), (1, false))].into();
    let (job, holder) = granted(&store, "N1").await;
    let (items, claim) = whole(&found, 0);
    assert!(matches!(send(&store, &job, &holder, items, claim).await, CommitOutcome::Committed(_)));
    let (job, holder) = granted(&store, "N2").await;
    (store, found, job, holder)
}

#[tokio::test]
async fn an_unchanged_night_costs_its_name() {
    let (store, found, job, holder) = second_night().await;
    let record = store.job(&job).unwrap().unwrap();
    let root = Names::of(&nodes(&found)).root();
    assert_eq!(store.held_root(&record).unwrap(), Some(tree::short(&root)));
    let bytes = store.memory_bytes().unwrap();
    let claim = Claim { root, is_on_held: true, dropped: Vec::new() };
    assert!(matches!(send(&store, &job, &holder, Vec::new(), claim).await, CommitOutcome::Committed(_)));
    assert_eq!(store.memory_bytes().unwrap(), bytes);
    let (rows, _, record) = known(&store, &job);
    let Counts { pass, fail, unknown, .. } = record.counts.unwrap();
    assert_eq!((rows.len(), record.rows, pass, fail, unknown), (3, 3, 1, 2, 0));
}

#[tokio::test]
async fn a_type_that_is_not_found_any_more_is_named_and_goes() {
    let (store, mut found, job, holder) = second_night().await;
    let topics = Names::of(&nodes(&found)).0[TYPES[1]];
    found.retain(|(of, _), _| *of == 0);
    let mut left = nodes(&found);
    left.remove(TYPES[1]);
    let root = Names::of(&left).root();
    let claim = |dropped| Claim { root, is_on_held: true, dropped };
    assert_eq!(send(&store, &job, &holder, Vec::new(), claim(Vec::new())).await, CommitOutcome::WantsAll);
    let outcome = send(&store, &job, &holder, Vec::new(), claim(vec![tree::short(&topics)])).await;
    assert!(matches!(outcome, CommitOutcome::Committed(_)), "{outcome:?}");
    assert_eq!(known(&store, &job).0.len(), 2);
}

/// Whatever does not come to what its sender says is not stored, and the job can still be delivered whole.
#[tokio::test]
async fn a_lie_comes_to_nothing() {
    let (store, found, job, holder) = second_night().await;
    let root = Names::of(&nodes(&found)).root();
    let (row, topic) = (items(&found, 0).remove(3), TYPES[1].to_owned());
    assert!(matches!(&row, Item::Row(_)), "{row:?}");
    let base = |gone: &[u32]| Item::Base(Base { r#type: TYPES[0].into(), gone: gone.into() });
    let listing = Item::Listing(Listing { r#type: TYPES[0].into(), unread: String::new() });
    let second = items(&found, 0).split_off(4);
    assert!(matches!(&second[0], Item::Document(document) if !document.volatile.is_empty()), "{second:?}");
    let twice = [vec![base(&[1]), listing.clone()], second[..2].to_vec(), vec![change(TYPES[0], 1)]].concat();
    let lies: [(&str, Vec<Item>, [u8; 32]); 11] = [
        ("another name", Vec::new(), [7; 32]),
        ("a row more than was named", vec![base(&[]), listing.clone(), row.clone()], root),
        ("a place that is not there", vec![base(&[5]), listing.clone()], root),
        ("an entry less than was named", vec![base(&[0]), listing.clone()], root),
        ("a difference to what was never held", vec![Item::Base(Base { r#type: "T".into(), gone: vec![] })], root),
        ("a listing that was incomplete", vec![Item::Listing(Listing { r#type: topic, unread: "{}".into() })], root),
        ("a row of a type alone", vec![row], root),
        ("what changes of a resource that is not there", vec![change(TYPES[0], 2)], root),
        ("what changes of what is not held", vec![change("T", 0)], root),
        ("what changes, twice", vec![change(TYPES[0], 1), change(TYPES[1], 0), change(TYPES[0], 1)], root),
        ("what changes of what is delivered", twice, root),
    ];
    for (lie, items, root) in lies {
        let claim = Claim { root, is_on_held: true, dropped: Vec::new() };
        assert_eq!(send(&store, &job, &holder, items, claim).await, CommitOutcome::WantsAll, "{lie}");
        assert_eq!(store.count_chunks().unwrap(), 0, "{lie}");
    }
    let (items, claim) = whole(&found, 0);
    let alone = Claim { is_on_held: false, ..claim.clone() };
    assert!(matches!(send(&store, &job, &holder, items, alone).await, CommitOutcome::Committed(_)));
}

#[tokio::test]
async fn nothing_is_built_on_where_that_is_not_said() {
    let (store, found, job, holder) = second_night().await;
    let claim = Claim { root: Names::of(&nodes(&found)).root(), is_on_held: false, dropped: Vec::new() };
    let mut sent = items(&found, 0);
    sent.push(change(TYPES[0], 0));
    assert_eq!(send(&store, &job, &holder, sent, claim).await, CommitOutcome::Mismatch);
}

#[tokio::test]
async fn a_part_of_the_controls_builds_on_nothing() {
    let (store, found, _, _) = second_night().await;
    let limit = record::Limit { option: "controls".into(), values: vec!["c".into()] };
    let limited = Scan { id: "N3".into(), selection: vec![limit], ..scan() };
    let planned = Job { id: "N3-0".into(), scan: "N3".into(), controls: vec![0], ..Job::default() };
    store.create_scan(limited, vec![planned]).await.unwrap();
    let job = StoredJob { scan: "N3".parse().unwrap(), job: "N3-0".parse().unwrap() };
    let holder = agent(store.grant(&job, grant()).await.unwrap().unwrap().fence);
    assert_eq!(store.held_root(&store.job(&job).unwrap().unwrap()).unwrap(), None);
    let claim = Claim { root: Names::of(&nodes(&found)).root(), is_on_held: true, dropped: Vec::new() };
    assert_eq!(send(&store, &job, &holder, Vec::new(), claim).await, CommitOutcome::WantsAll);
}

#[test]
fn what_was_delivered_is_what_was_sent() {
    let found: Found = [((0, 1), (1, false))].into();
    let mut builder = Builder::default();
    builder.extend(items(&found, 0));
    let Delivered { nodes: built, bases, changing } = builder.delivered();
    assert_eq!((built, bases.len(), changing.len()), (nodes(&found), 0, 0));
}
