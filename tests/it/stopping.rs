//! The program is told to stop while somebody is in the middle of a call.

use std::time::Duration;

use crate::disk::{House, is_asked};

#[tokio::test(flavor = "multi_thread")]
async fn calls_in_hand_are_finished_before_the_program_stops() {
    let house = House::new();
    let mut service = house.start_well().await;
    service.told_to_stop();
    tokio::time::sleep(Duration::from_millis(500)).await;
    let errand = [("SpeechResult", "hej det er lone min hjemmeside er nede")];
    let answer = house.tell(1, "heard?turn=1", &errand).await;
    assert!(answer.contains("<Dial"), "{answer}");
    let later = house.call().await;
    assert!(
        later.contains("<Dial") && !is_asked(&later),
        "whoever calls now rings at once: {later}"
    );
    assert!(!service.has_stopped(), "two phones ring");
    let pressed = format!("pressed?call=CA{:032x}&attempt=0", 1);
    house.tell(1, &pressed, &[("Digits", "1")]).await;
    let spoke = [
        ("DialCallStatus", "completed"),
        ("DialBridged", "true"),
        ("DialCallDuration", "9"),
    ];
    for call in [1, 2] {
        house.tell(call, "dialled?attempt=0", &spoke).await;
    }
    for _ in 0..50 {
        if service.has_stopped() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("nobody is waiting any more, and it goes on");
}
