//! Chunks are bounded, numbered and hashed, and what is no chunk is refused before it is unpacked.

use super::*;
use crate::agent_v1::{Evidence, Witness};

fn row(size: usize) -> Row {
    let evidence = Evidence { path: "resource.A".into(), value: "x".repeat(size) };
    Row { control: "c".into(), evidence: vec![evidence], ..Row::default() }
}

fn cut(rows: impl IntoIterator<Item = Row>, max_bytes: usize) -> (Vec<Piece>, Total) {
    let mut chunker = Chunker::new(max_bytes);
    let mut pieces: Vec<Piece> = rows.into_iter().filter_map(|row| chunker.push(Item::Row(row))).collect();
    pieces.extend(chunker.finish_chunk());
    (pieces, chunker.total())
}

#[test]
fn chunks_are_bounded_in_rows_and_numbered_without_gaps() {
    let (pieces, total) = cut((0..2_500).map(|_| row(1)), 1 << 20);
    assert_eq!(pieces.iter().map(|piece| piece.seq).collect::<Vec<_>>(), [0, 1, 2]);
    assert_eq!((total.chunks, total.rows), (3, 2_500));
    let rows = |piece: &Piece| read(&piece.rows).unwrap().rows.len();
    assert_eq!(pieces.iter().map(rows).collect::<Vec<_>>(), [1_000, 1_000, 500]);
}

#[test]
fn chunks_are_bounded_in_bytes() {
    let (pieces, total) = cut((0..100).map(|_| row(300)), 1_000);
    assert!(pieces.iter().all(|piece| read(&piece.rows).unwrap().encoded_len() <= 1_000));
    assert_eq!(total.rows, 100);
}

#[test]
fn a_row_that_fits_no_chunk_loses_its_evidence_and_nothing_else() {
    let witnesses = vec![Witness { sentence: "w".repeat(5_000), parts: Vec::new() }];
    let (pieces, _) = cut([row(5_000), Row { witnesses, ..row(1) }], 1_000);
    let batch = read(&pieces[0].rows).unwrap();
    for row in batch.rows {
        assert_eq!((row.control.as_str(), row.evidence.len(), row.witnesses.len()), ("c", 0, 0));
    }
}

#[test]
fn the_root_is_the_hash_of_the_chunk_hashes_in_order() {
    let (pieces, total) = cut((0..1_500).map(|_| row(1)), 1 << 20);
    let hashes: Vec<u8> = pieces.iter().flat_map(|piece| piece.hash.clone()).collect();
    assert_eq!(total.root_hash, blake3::hash(&hashes).as_bytes());
    assert_eq!(pieces[0].hash, blake3::hash(&pieces[0].rows).as_bytes());
}

#[test]
fn no_rows_are_no_chunks() {
    let (pieces, total) = cut([], 1_000);
    assert_eq!((pieces.len(), total.chunks, total.rows), (0, 0, 0));
}

#[test]
fn what_becomes_too_large_is_not_unpacked_and_noise_is_nothing() {
    let bomb = zstd::bulk::compress(&vec![0; 64 << 20], 1).unwrap();
    assert!(bomb.len() < 10_000);
    assert_eq!(read(&bomb), Err(Unreadable::TooLarge));
    let whole = write(&RowBatch { rows: vec![row(300)], ..RowBatch::default() });
    for cut in 0..whole.len() {
        assert!(read(&whole[..cut]).is_err(), "{cut}");
    }
    assert_eq!(read(b"noise"), Err(Unreadable::Garbled));
}

#[test]
fn what_fits_no_chunk_is_said_to_be_too_large() {
    let mut chunker = Chunker::new(1_000);
    let document = Document { id: "i".into(), content: vec![b' '; 5_000], ..Document::default() };
    assert_eq!(chunker.push(Item::Document(document)), None);
    let piece = chunker.finish_chunk().unwrap();
    assert_eq!(read(&piece.rows).unwrap().documents[0].content, TOO_LARGE);
}

#[test]
fn a_chunk_with_more_than_agreed_is_not_decoded() {
    let many = |count| RowBatch { rows: vec![Row::default(); count], ..RowBatch::default() };
    assert_eq!(read(&write(&many(MAX_ROWS))).unwrap().rows.len(), MAX_ROWS);
    assert_eq!(read(&write(&many(MAX_ROWS + 1))), Err(Unreadable::TooMany));
    assert_eq!(read(&write(&many(MAX_BYTES / 2 - 8))), Err(Unreadable::TooMany));
}

#[test]
fn rows_with_many_parts_are_cut_into_chunks_that_can_be_read() {
    let evidence = |count| Row { control: "c".into(), evidence: vec![Evidence::default(); count], ..Row::default() };
    let (pieces, total) = cut((0..5).map(|_| evidence(MAX_PARTS / 2)), MAX_BYTES);
    assert_eq!((pieces.len(), total.rows), (3, 5));
    assert!(pieces.iter().all(|piece| read(&piece.rows).is_ok()));
    let (pieces, _) = cut([evidence(MAX_PARTS + 1)], MAX_BYTES);
    assert_eq!(read(&pieces[0].rows).unwrap().rows[0].evidence.len(), 0);
}

#[test]
fn what_changes_by_itself_is_bounded_too_and_comes_back() {
    let change = |place: u32| Change {
        type_name: "AWS::IAM::Role".into(),
        place,
        members: format!(r#"{{"Used":{place},"At":[{}]}}"#, "1,".repeat(place as usize % 40) + "0").into_bytes(),
    };
    for max_bytes in [1_000, MAX_BYTES] {
        let mut chunker = Chunker::new(max_bytes);
        let mut pieces: Vec<Piece> =
            (0..2_500).filter_map(|place| chunker.push(Item::Changing(change(place)))).collect();
        pieces.extend(chunker.finish_chunk());
        let batches: Vec<RowBatch> = pieces.iter().map(|piece| read(&piece.rows).unwrap()).collect();
        for batch in &batches {
            assert!(batch.encoded_len() <= max_bytes && counts(batch)[4] <= MAX_ROWS, "{}", batch.encoded_len());
        }
        let back = batches.iter().flat_map(|batch| &batch.changing).flat_map(|each| unpacked(each).unwrap());
        assert!(back.eq((0..2_500).map(|place| (place, change(place).members))));
    }
}
