use super::*;

const SCRIPT: &str = "Goddag, du taler med Per fra Nordlys, jeg ringer angående jeres mobilabonnement, hvem er ansvarlig for det hos jer";
const GARBLED: &str = "ja goddag du taler med pia fra nordlys jeg ringer angående jeres mobilabonnement hvem er ansvarlige for det hos jer";
const CUSTOMER: &str = "Hej det er Lone fra blomsterhjørnet, min hjemmeside er nede igen i dag";

fn at(minute: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + minute * 60).unwrap()
}

fn sighting(minute: i64, number: &str) -> Sighting {
    Sighting::new(
        CallId::new(at(minute)),
        at(minute),
        &CallerNumber::read(number),
    )
}

fn opening(text: &str) -> Opening {
    Opening::of(text).unwrap()
}

#[test]
fn a_misheard_word_or_two_is_the_same_opening_and_another_errand_is_not() {
    let script = opening(SCRIPT);
    assert!(script.similarity(&opening(GARBLED)) > 0.7);
    assert!(script.similarity(&opening(CUSTOMER)) < 0.2);
    assert!((script.similarity(&script) - 1.0).abs() < f32::EPSILON);
    assert_eq!(Opening::of("hej det er Lone"), None);
    assert_eq!(Opening::of(""), None);
}

#[test]
fn calls_with_one_script_become_one_campaign_named_by_its_words() {
    let mut groups = Groups::default();
    let (first, _) = groups.sight(opening(SCRIPT), sighting(0, "+4571000001"), false);
    groups.sight(opening(CUSTOMER), sighting(1, "+4571000002"), false);
    for minute in 2..9 {
        let one = sighting(minute, &format!("+457100000{minute}"));
        let (same, gone) = groups.sight(opening(GARBLED), one.clone(), false);
        groups.sight(opening(GARBLED), one, false);
        assert_eq!((same, gone), (first, None));
    }
    let campaign = groups.get(first).unwrap();
    assert_eq!((campaign.calls, campaign.numbers()), (8, 8));
    assert_eq!(campaign.last_at(), at(8));
    assert_eq!(
        campaign.name(),
        "nordlys angående mobilabonnement ansvarlige"
    );
    assert_eq!(
        campaign.days_ago(campaign.sightings.last().unwrap(), at(60 * 24 * 3)),
        [2, 2, 2, 2, 2, 2, 2]
    );
    // What is tried out stays apart.
    assert_eq!(groups.find(&opening(SCRIPT), true), None);
    let (tried, _) = groups.sight(opening(SCRIPT), sighting(99, "+4571000001"), true);
    assert_ne!(tried, first);
    assert_eq!(groups.iter().count(), 3);
}

#[test]
fn who_calls_often_from_his_own_telephone_is_no_campaign() {
    let mut groups = Groups::default();
    let mut id = None;
    for minute in 0..5 {
        id = Some(
            groups
                .sight(opening(CUSTOMER), sighting(minute, "+4571000002"), false)
                .0,
        );
    }
    let campaign = groups.get(id.unwrap()).unwrap();
    assert_eq!(campaign.calls, 5);
    let again = sighting(9, "+4571000002");
    assert!(campaign.days_ago(&again, at(9)).is_empty());
}

#[test]
fn a_call_from_a_second_number_counts_before_it_is_counted_in() {
    let mut groups = Groups::default();
    let (id, _) = groups.sight(opening(SCRIPT), sighting(0, "+4571000001"), false);
    let second = sighting(9, "+4571000002");
    let days_ago = |groups: &Groups| groups.get(id).unwrap().days_ago(&second, at(9));
    assert_eq!(days_ago(&groups), [0]);
    groups.sight(opening(GARBLED), second.clone(), false);
    assert_eq!(days_ago(&groups), [0]);
    let withheld = Sighting::new(CallId::new(at(10)), at(10), &CallerNumber::Withheld);
    assert_eq!(groups.get(id).unwrap().days_ago(&withheld, at(10)), [0, 0]);
}

#[test]
fn what_is_kept_is_bounded_and_what_is_refused_stays() {
    let mut groups = Groups::default();
    let (refused, _) = groups.sight(opening(SCRIPT), sighting(0, "+4571000001"), false);
    groups.refuse(refused, Some(at(99_999)), at(0)).unwrap();
    let words = [
        "æbler",
        "pærer",
        "blommer",
        "kirsebær",
        "druer",
        "bananer",
        "meloner",
        "figner",
    ];
    let word = |number: usize, place: u32| words[number / 8_usize.pow(place) % 8];
    let mut gone = Vec::new();
    for number in 0..2_100_usize {
        let text = format!(
            "{} {number} {} {} {number} {} {}",
            word(number, 0),
            word(number, 1),
            word(number, 2),
            word(number, 3),
            number * 7_919
        );
        let one = sighting(i64::try_from(number).unwrap() + 1, "+4571000009");
        gone.extend(groups.sight(opening(&text), one, false).1);
    }
    assert!(groups.iter().count() <= 2_000);
    assert!(!gone.is_empty() && !gone.contains(&refused));
    assert!(groups.get(refused).unwrap().is_refused(at(5)));
    assert!(!groups.get(refused).unwrap().is_refused(at(99_999)));
    let longest: String = (0..500)
        .map(|n| format!("\u{1}\"mærkeligelangeordsomkaldes{n} "))
        .collect();
    let campaign = Campaign::begin(&opening(&longest), sighting(1, "+4571000001"), false);
    let mut full = campaign.clone();
    for minute in 0..500 {
        full.sight(&opening(&longest), sighting(minute, "+4571000001"));
    }
    assert!(serde_json::to_vec(&full).unwrap().len() <= 6_000);
}

#[test]
fn the_first_call_is_found_by_its_words_when_it_is_remembered_no_more() {
    let mut groups = Groups::default();
    for minute in 0..=MOST_SIGHTINGS {
        let minute = i64::try_from(minute).unwrap();
        let one = sighting(minute, &format!("+4571{minute:06}"));
        groups.sight(
            opening(if minute == 0 { SCRIPT } else { GARBLED }),
            one,
            false,
        );
    }
    let campaign = groups.iter().next().unwrap().clone();
    assert_eq!(campaign.opening, SCRIPT);
    let remembers = |one: &Sighting| one.call == campaign.id;
    assert!(!campaign.sightings.iter().any(remembers));
    let calls = HashSet::from([campaign.id]);
    let gone = Gone {
        calls: &calls,
        number: None,
    };
    let (taken, spared) = groups.take_out(&gone, |_| false);
    assert_eq!((taken, spared), (vec![campaign], Vec::new()));
    assert_eq!(groups.iter().count(), 0);
}

#[test]
fn kept_groups_are_found_again() {
    let mut groups = Groups::default();
    let (id, _) = groups.sight(opening(SCRIPT), sighting(0, "+4571000001"), false);
    let json = serde_json::to_string(groups.get(id).unwrap()).unwrap();
    let mut again = Groups::default();
    again.take(serde_json::from_str(&json).unwrap());
    let found = again.find(&opening(GARBLED), false).unwrap();
    assert_eq!(found.campaign.id, id);
    assert!(found.similarity > 0.7);
}
