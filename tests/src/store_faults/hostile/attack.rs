//! What an agent that lies sends: a delivery that would be accepted, with one thing in it that is not true.

use plumbline_coordinator::store::{Claim, Commit};
use plumbline_proto::agent_v1::{Base, Document, Listing, Row, RowBatch};
use plumbline_proto::chunk::{self, Item, MAX_BYTES, MAX_ROWS};
use plumbline_tree::{self as tree, Names};
use prost::Message;
use prost::encoding::{WireType, encode_key, encode_varint};

use crate::store_faults::chance::Chance;
use crate::store_faults::deliver::{Delivery, built, whole};
use crate::store_faults::estate::{UNREAD, document};

/// A chunk as it is sent.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub(super) seq: u64,
    pub(super) hash: Vec<u8>,
    pub(super) rows: Vec<u8>,
}

/// All that is sent of one delivery.
#[derive(Clone, Debug)]
pub(super) struct Attack {
    pub(super) chunks: Vec<Sent>,
    pub(super) commit: Commit,
    /// The name of the result, where it is no name.
    pub(super) raw_root: Option<Vec<u8>>,
    /// Added to the fence.
    pub(super) fence: u64,
    /// Whether it comes under another agent's name.
    pub(super) is_other_agent: bool,
}

/// What can be sent of a job: each of these is accepted.
pub(super) struct Honest {
    /// All that is found.
    pub(super) items: Vec<Item>,
    /// What differs from what is held.
    pub(super) difference: Delivery,
    /// All that was found on the night before.
    pub(super) held: Vec<Item>,
    /// All that was found in another account and Region.
    pub(super) other_place: Vec<Item>,
    /// An ARN of another account of the organization.
    pub(super) foreign: String,
}

macro_rules! kinds {
    ($($kind:ident),* $(,)?) => {
        /// Kinds of lies.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Kind { $($kind),* }

        impl Kind {
            /// What it is called.
            pub(super) fn name(self) -> &'static str {
                match self { $(Self::$kind => stringify!($kind)),* }
            }
        }
    };
}
kinds! {
    RootFlipped, RootOverOtherContent, ChunkHashesFlipped, RowsMiscounted, ChunksMiscounted, ChunkMissing, ChunksSwapped,
    FrameCut, FrameFlipped, Bomb, BombThatSaysItIsSmall, FrameWithoutSize, HugeCounts, GonePlaces, NeverHeld,
    DifferenceToNothing, DroppedWhatIsThere, TreeOfAnotherPlace, SameChunkTwice, ChunkOutOfRoom, StaleFence, OtherAgent,
    HashOfOtherBytes, NotCanonical, ForeignAccount, ForeignControl, NoStatus, NoType, NoReason, TooManyRows, TooLarge,
    NoName,
}

/// Kinds that the store itself refuses.
pub(super) const OF_STORE: [Kind; 22] = [
    Kind::RootFlipped,
    Kind::RootOverOtherContent,
    Kind::ChunkHashesFlipped,
    Kind::RowsMiscounted,
    Kind::ChunksMiscounted,
    Kind::ChunkMissing,
    Kind::ChunksSwapped,
    Kind::FrameCut,
    Kind::FrameFlipped,
    Kind::Bomb,
    Kind::BombThatSaysItIsSmall,
    Kind::FrameWithoutSize,
    Kind::HugeCounts,
    Kind::GonePlaces,
    Kind::NeverHeld,
    Kind::DifferenceToNothing,
    Kind::DroppedWhatIsThere,
    Kind::TreeOfAnotherPlace,
    Kind::SameChunkTwice,
    Kind::ChunkOutOfRoom,
    Kind::StaleFence,
    Kind::OtherAgent,
];

/// Kinds that are refused before they come to the store: what they say of themselves is true.
pub(super) const OF_WIRE: [Kind; 10] = [
    Kind::HashOfOtherBytes,
    Kind::NotCanonical,
    Kind::ForeignAccount,
    Kind::ForeignControl,
    Kind::NoStatus,
    Kind::NoType,
    Kind::NoReason,
    Kind::TooManyRows,
    Kind::TooLarge,
    Kind::NoName,
];

impl Attack {
    /// A delivery as it is.
    pub(super) fn honest(delivery: &Delivery) -> Self {
        let (pieces, commit) = delivery.cut();
        let mut attack = Self { chunks: Vec::new(), commit, raw_root: None, fence: 0, is_other_agent: false };
        attack.chunks = pieces.iter().map(|piece| sent(piece.seq, piece.rows().to_vec())).collect();
        attack
    }

    /// What the commit says of the chunks is made true again.
    fn rehash(&mut self) {
        let mut hasher = blake3::Hasher::new();
        for chunk in &mut self.chunks {
            chunk.hash = blake3::hash(&chunk.rows).as_bytes().to_vec();
            hasher.update(&chunk.hash);
        }
        self.commit.root_hash = hasher.finalize().as_bytes().to_vec();
        self.commit.chunks = self.chunks.len() as u64;
    }

    /// One chunk's bytes are others.
    fn replace(&mut self, chance: &mut Chance, change: impl FnOnce(&mut Vec<u8>, &mut Chance)) {
        let at = chance.below(self.chunks.len());
        change(&mut self.chunks[at].rows, chance);
        self.rehash();
    }
}

fn sent(seq: u64, rows: Vec<u8>) -> Sent {
    Sent { seq, hash: blake3::hash(&rows).as_bytes().to_vec(), rows }
}

fn flip(bytes: &mut [u8], chance: &mut Chance) {
    let at = chance.below(bytes.len());
    if let Some(byte) = bytes.get_mut(at) {
        *byte ^= 1 << chance.below(8);
    }
}

/// A lie of a kind.
pub(super) fn attack(kind: Kind, honest: &Honest, chance: &mut Chance) -> Attack {
    let all = || whole(honest.items.clone());
    let unchanged = || {
        let root = Names::of(&built(&honest.held)).root();
        Delivery { items: Vec::new(), claim: Claim { root, is_on_held: true, dropped: Vec::new() } }
    };
    let one_of = |chance: &mut Chance| vec![all(), honest.difference.clone()].swap_remove(chance.below(2));
    let mut attack = Attack::honest(&one_of(chance));
    match kind {
        Kind::RootFlipped => {
            attack = Attack::honest(&[all(), honest.difference.clone(), unchanged()][chance.below(3)]);
            attack.commit.claim.iter_mut().for_each(|claim| flip(&mut claim.root, chance));
        }
        Kind::RootOverOtherContent => {
            let mut delivery = one_of(chance);
            change_content(&mut delivery.items, chance);
            attack = Attack::honest(&delivery);
        }
        Kind::ChunkHashesFlipped => flip(&mut attack.commit.root_hash, chance),
        Kind::RowsMiscounted => attack.commit.rows = other(attack.commit.rows, chance),
        Kind::ChunksMiscounted => attack.commit.chunks = other(attack.commit.chunks, chance),
        Kind::ChunkMissing => drop(attack.chunks.remove(chance.below(attack.chunks.len()))),
        Kind::ChunksSwapped => {
            attack = Attack::honest(&all());
            let last = attack.chunks.len() - 1;
            let one = chance.below(last);
            let seq = attack.chunks[one].seq;
            attack.chunks[one].seq = attack.chunks[last].seq;
            attack.chunks[last].seq = seq;
        }
        Kind::FrameCut => attack.replace(chance, |rows, chance| rows.truncate(chance.below(rows.len()))),
        Kind::FrameFlipped => attack.replace(chance, |rows, chance| flip_frame(rows, chance)),
        Kind::Bomb => attack.replace(chance, |rows, chance| *rows = bomb((2 << 20) << chance.below(5))),
        Kind::BombThatSaysItIsSmall => attack.replace(chance, |rows, chance| *rows = lying_bomb(16 << 20, chance)),
        Kind::FrameWithoutSize => attack.replace(chance, |rows, _| *rows = without_size(rows)),
        Kind::HugeCounts => attack.replace(chance, |rows, chance| *rows = huge(chance)),
        Kind::GonePlaces => attack = Attack::honest(&other_places(honest, chance)),
        Kind::NeverHeld => attack = Attack::honest(&never_held(honest, chance)),
        Kind::DifferenceToNothing => {
            attack = Attack::honest(&honest.difference);
            attack.commit.claim.iter_mut().for_each(|claim| claim.is_on_held = false);
        }
        Kind::DroppedWhatIsThere => {
            let mut delivery = unchanged();
            let names = Names::of(&built(&honest.held)).0;
            delivery.claim.dropped.extend(names.values().nth(chance.below(names.len())).map(tree::short));
            attack = Attack::honest(&delivery);
        }
        Kind::TreeOfAnotherPlace => {
            let root = Names::of(&built(&honest.other_place)).root();
            let claim = Claim { root, is_on_held: true, dropped: Vec::new() };
            let items = if chance.one_in(2) { Vec::new() } else { honest.difference.items.clone() };
            attack = Attack::honest(&Delivery { items, claim });
        }
        Kind::SameChunkTwice => {
            let first = Attack::honest(&all());
            loop {
                let mut changed = honest.items.clone();
                change_content(&mut changed, chance);
                attack = Attack::honest(&whole(changed));
                // Otherwise it would be another delivery, and no contradiction.
                if first.chunks.iter().zip(&attack.chunks).any(|(one, other)| one.rows != other.rows) {
                    break;
                }
            }
            attack.chunks = first.chunks.into_iter().chain(attack.chunks).collect();
        }
        Kind::ChunkOutOfRoom => {
            // Without it, the commit would be the truth.
            let seq = [1_000_000, u64::MAX, 1_000_000 + chance.next() / 2][chance.below(3)];
            let more = Sent { seq, ..attack.chunks[chance.below(attack.chunks.len())].clone() };
            attack.chunks.push(more);
        }
        Kind::StaleFence => attack.fence = [1, u64::MAX, 1 + chance.next() / 2][chance.below(3)],
        Kind::OtherAgent => attack.is_other_agent = true,
        Kind::HashOfOtherBytes => {
            let at = chance.below(attack.chunks.len());
            flip(&mut attack.chunks[at].hash, chance);
        }
        Kind::NoName => {
            let length = [0, 31, 33, 64][chance.below(4)];
            attack.raw_root = Some(vec![7; length]);
        }
        _ => attack = true_of_itself(kind, honest, chance),
    }
    attack
}

/// Deliveries that say the truth of what is in them, which must not be in them.
fn true_of_itself(kind: Kind, honest: &Honest, chance: &mut Chance) -> Attack {
    let mut items = honest.items.clone();
    let rows: Vec<usize> = places(&items, |item| matches!(item, Item::Row(_)));
    let documents: Vec<usize> = places(&items, |item| matches!(item, Item::Document(_)));
    let (row, document) = (rows[chance.below(rows.len())], documents[chance.below(documents.len())]);
    match (kind, &mut items[if matches!(kind, Kind::NotCanonical | Kind::NoType) { document } else { row }]) {
        (Kind::NotCanonical, Item::Document(document)) => document.content = not_canonical(chance),
        (Kind::NoType, Item::Document(document)) => document.r#type.clear(),
        (Kind::ForeignAccount, Item::Row(row)) => row.resource.clone_from(&honest.foreign),
        (Kind::ForeignControl, Item::Row(row)) => row.control = format!("another-{}", chance.below(1_000)),
        (Kind::NoStatus, Item::Row(row)) => row.status = [0, -1, 99, i32::MAX, i32::MIN][chance.below(5)],
        _ => {}
    }
    if kind == Kind::NoReason {
        let unread = ["x", "{}", "[]", r#"{"$unread":1}"#, r#"{"reason":"access_denied"}"#][chance.below(5)];
        items.push(Item::Listing(Listing { r#type: "AWS::Other::Type".into(), unread: unread.into() }));
    }
    let mut attack = Attack::honest(&whole(items));
    if kind == Kind::TooManyRows {
        let last = attack.chunks.last().map_or(0, |chunk| chunk.seq + 1);
        let listing = |number: usize| Listing { r#type: format!("AWS::Many::T{number}"), unread: String::new() };
        let listings: Vec<Listing> = (0..=MAX_ROWS + chance.below(9)).map(listing).collect();
        let mut found = honest.items.clone();
        found.extend(listings.iter().cloned().map(Item::Listing));
        let claim = whole(found).claim;
        attack = Attack::honest(&whole(honest.items.clone()));
        attack.chunks.push(sent(last, chunk::write(&RowBatch { listings, ..RowBatch::default() })));
        attack.commit.claim = Some(claim);
        attack.rehash();
    }
    if kind == Kind::TooLarge {
        let noise: Vec<u8> = (0..MAX_BYTES / 8 + 4_096).flat_map(|_| chance.next().to_le_bytes()).collect();
        let last = attack.chunks.last().map_or(0, |chunk| chunk.seq + 1);
        attack.chunks.push(sent(last, noise));
        attack.rehash();
    }
    attack
}

fn places(items: &[Item], is_meant: impl Fn(&Item) -> bool) -> Vec<usize> {
    items.iter().enumerate().filter(|(_, item)| is_meant(item)).map(|(place, _)| place).collect()
}

/// Another number.
fn other(number: u64, chance: &mut Chance) -> u64 {
    let others = [number + 1, number.wrapping_sub(1), u64::MAX, number + 1 + chance.next() / 2];
    others[chance.below(others.len())]
}

/// One row or document is another one, is not there, or is there in addition.
fn change_content(items: &mut Vec<Item>, chance: &mut Chance) {
    let meant = places(items, |item| matches!(item, Item::Row(_) | Item::Document(_)));
    let at = meant[chance.below(meant.len())];
    match &mut items[at] {
        item if chance.one_in(4) => {
            let mut more = item.clone();
            match &mut more {
                Item::Row(Row { resource: id, .. }) | Item::Document(Document { id, .. }) => id.push_str("-more"),
                _ => {}
            }
            items.push(more);
        }
        _ if chance.one_in(4) => drop(items.remove(at)),
        Item::Row(row) => row.reason.push('!'),
        Item::Document(found) => found.content = document(10 + chance.below(1_000)).into_bytes(),
        _ => {}
    }
}

/// The places of what is gone are others.
fn other_places(honest: &Honest, chance: &mut Chance) -> Delivery {
    let mut delivery = honest.difference.clone();
    let bases = places(&delivery.items, |item| matches!(item, Item::Base(_)));
    let at = bases[chance.below(bases.len())];
    if let Item::Base(Base { gone, .. }) = &mut delivery.items[at] {
        match chance.below(5) {
            0 => gone.push(u32::MAX),
            1 if gone.len() > 1 => gone.reverse(),
            2 if !gone.is_empty() => gone.push(gone[0]),
            3 => gone.extend(1_000..1_000 + u32::try_from(chance.below(100_000)).unwrap_or(0) + 1),
            4 if !gone.is_empty() => drop(gone.remove(chance.below(gone.len()))),
            _ => gone.insert(0, u32::MAX - 1),
        }
    }
    delivery
}

/// A difference to a type of which nothing is held, whose name is what it would come to.
fn never_held(honest: &Honest, chance: &mut Chance) -> Delivery {
    let r#type = format!("AWS::Never::Held{}", chance.below(1_000));
    let listing = Item::Listing(Listing { r#type: r#type.clone(), unread: String::new() });
    let mut found = honest.items.clone();
    found.push(listing.clone());
    let root = whole(found).claim.root;
    let mut items = honest.difference.items.clone();
    items.extend([Item::Base(Base { r#type, gone: Vec::new() }), listing]);
    let claim = Claim { root, ..honest.difference.claim.clone() };
    Delivery { items, claim }
}

/// What says something, and is not the form that documents have.
fn not_canonical(chance: &mut Chance) -> Vec<u8> {
    let version = chance.below(1_000);
    match chance.below(7) {
        0 => format!(r#"{{"Version": {version}}}"#).into_bytes(),
        1 => format!(r#"{{"Version":{version},"Tags":{{}}}}"#).into_bytes(),
        2 => format!(r#"{{"Version":{version},"Version":{version}}}"#).into_bytes(),
        3 => format!(r#"{{"Version":{version}.0}}"#).into_bytes(),
        4 => vec![b'{', 0xff, b'}'],
        5 => format!(r#"{{"Version":{version}"#).into_bytes(),
        _ => [b"[".repeat(20_000), b"]".repeat(20_000)].concat(),
    }
}

/// Flips bits until the chunk is another one.
fn flip_frame(rows: &mut [u8], chance: &mut Chance) {
    let before = chunk::read(rows);
    loop {
        (0..1 + chance.below(8)).for_each(|_| flip(rows, chance));
        // zstd ignores some bits, a batch may have another form that says the same, and what changes by itself has no name.
        let after = chunk::read(rows);
        let says = |read: &Result<RowBatch, chunk::Unreadable>| {
            read.as_ref().ok().map(|batch| {
                let mut builder = tree::Builder::default();
                builder.add(batch.clone());
                let delivered = builder.delivered();
                (Names::of(&delivered.nodes), delivered.bases)
            })
        };
        if after.is_err() || says(&after) != says(&before) {
            return;
        }
    }
}

fn bomb(size: usize) -> Vec<u8> {
    zstd::bulk::compress(&vec![0; size], 1).unwrap_or_default()
}

/// A frame that becomes this large, whose header says something else.
fn lying_bomb(size: usize, chance: &mut Chance) -> Vec<u8> {
    let mut frame = bomb(size);
    // The magic number, the descriptor, and a byte for the window unless it is one segment; then the size.
    let is_one_segment = frame.get(4).is_some_and(|descriptor| descriptor & 0x20 != 0);
    let at = if is_one_segment { 5 } else { 6 };
    let says = u32::try_from(1 + chance.below(MAX_BYTES)).unwrap_or(1).to_le_bytes();
    if let Some(field) = frame.get_mut(at..at + 4) {
        field.copy_from_slice(&says);
    }
    frame
}

fn without_size(rows: &[u8]) -> Vec<u8> {
    let plain = chunk::read(rows).map(|batch| batch.encode_to_vec()).unwrap_or_default();
    zstd::stream::encode_all(plain.as_slice(), 1).unwrap_or_default()
}

/// As many things as fit a megabyte, each of them nearly empty. Made without them: they would take a hundred times that.
fn huge(chance: &mut Chance) -> Vec<u8> {
    // Fields of the batch's messages, the innermost first: rows, documents, changing, and of rows evidence, witnesses with
    // their parts, and answers elsewhere.
    const PATHS: [&[u32]; 7] = [&[1], &[2], &[5], &[6, 1], &[7, 1], &[2, 7, 1], &[8, 1]];
    let plain = match PATHS.get(chance.below(PATHS.len() + 2)) {
        Some([innermost, around @ ..]) => {
            let many = message(*innermost, &[]).repeat(MAX_BYTES / 2 - 16);
            around.iter().fold(many, |content, field| message(*field, &content))
        }
        _ if chance.one_in(2) => {
            let listing = message(3, &message(2, UNREAD.as_bytes()));
            listing.repeat(MAX_BYTES / listing.len())
        }
        _ => message(4, &message(2, &vec![1; MAX_BYTES - 64])),
    };
    zstd::bulk::compress(&plain, 1).unwrap_or_default()
}

/// A field with a message in it.
fn message(field: u32, content: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(content.len() + 8);
    encode_key(field, WireType::LengthDelimited, &mut bytes);
    encode_varint(content.len() as u64, &mut bytes);
    bytes.extend_from_slice(content);
    bytes
}
