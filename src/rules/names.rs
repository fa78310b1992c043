//! Names that many people have, as they are normalised. One is taken for itself and for no word of the
//! pack that is spelt nearly alike: Søren is no door. Those of up to four letters are never taken for
//! another word anyway.

/// First names and surnames in Denmark, and in the countries from which people call in English.
const NAMES: &str = "\
    aaron adams adele agnes aiden aksel albert alberte alexander alfred alice alison allan allen \
    amalie amanda amber amelia anders andersen andrea andreas andrew anette angela anita anker \
    annelise annemarie annette anthony anton archer archie arthur asger ashley asmus astrid august \
    austin bailey baker barbara barry bastian beate beatrice bendt benedikte benjamin bennett \
    bente berit bernard bertil bertram bettina beverley birger birgit birgitte birte birthe bjarne \
    bjoern bodil boerge bradley brandon brenda brian bridget britt britta brodersen brooke bruce \
    bruun bryan butler callum cameron camilla carina carla carlo carmen carol caroline carsten \
    carter casper catherine cecilie charles charlotte chelsea cheryl chester chloe christa \
    christel christensen christian christiansen christie christina christine christoffer \
    christopher claire clara clark clarke claus collins connie connor conny cooper craig curtis \
    cynthia dagmar daniel dawson deborah declan denise dennis derek diana ditte dominic donald \
    donna dorothy dorte dorthe douglas duncan dylan edith edward edwards eigil eileen einar elaine \
    eleanor elias elisabeth elizabeth ellen elliott ellis elsebeth emilie erica erling ernst esben \
    eskild ester esther ethan eugene evans evelyn fatima felix filippa fiona flemming fletcher \
    francis frandsen frank fraser freddie frederik frederikke frederiksen freja fritz gareth gavin \
    geoffrey george georgia gerald gerda gertrud gitte gordon grace graham gregory grethe gudrun \
    gunhild gunnar gustav hanna hannah hanne hansen harald harper harris harrison harry harvey \
    hayley heather hector heidi helen helene helge helle henning henriette henrik henriksen henry \
    herdis hilary hilda hjalmar holger holst howard hughes hunter ingelise inger ingrid irene \
    isaac isabella iversen jackie jackson jacob jacobsen jakob jakobsen james jamie janet janne \
    jannie jannik jasmin jasmine jason jeanette jeannette jeffrey jennifer jenny jensen jeppe \
    jeppesen jeremy jesper jesse jessen jessica jette joachim joanna joanne joergen joergensen \
    johan johanne johannes johannsen johansen johnny johnson jonas jonathan jordan josefine joseph \
    joshua joyce judith julia julian julie julius justesen kaare kamilla karen karina karla karlo \
    karoline karsten kasper katherine kathleen kathrine katja katrine keith kelly kenneth kenny \
    kerstin kevin kimberley kirsten kirstine kirsty kjeld kjeldsen klaus knudsen konrad kresten \
    kristensen kristian kristiansen kristina kristine kristoffer larsen lasse lassen laura lauren \
    laurence laurids laurits lauritsen lauritz lawrence leanne leila lewis lilian lillian lilly \
    linda lindsay linea linnea lisbet lisbeth liselotte lisette lloyd logan lorraine lotte louise \
    lucas ludvig lukas lykke maddie madison madsen magda magnus malcolm malene malik malou malthe \
    manfred marcus maren margaret margit margrethe maria marianne marie marion marius markus \
    marlene marshall martha martin martine mason mathias mathiesen mathilda mathilde matilde \
    matthew maureen maxwell megan melanie melissa mette michael michala michelle mikael mikkel \
    mikkelsen milla miller minna mitchell mogens mohamed mohammad mohammed molly monica monika \
    morgan morten mortensen murphy murray mustafa nancy nanna naomi natalia natalie natasha nathan \
    neville nicholas nicklas nicola nicolai nicoline niels nielsen nigel niklas nikolaj nikoline \
    nilsson nissen norma norman olesen oliver olivia olsen oscar oskar oswald pamela parker patel \
    patricia patrick pauline paulsen peder pedersen pelle penelope pernille peter petersen petra \
    philip phillip phoebe poulsen povlsen preben rachel ralph rasmus rasmussen raymond rebecca \
    rebekka reece regitze richard rigmor rikke robert roberts robin robinson rodney roger roland \
    rosemarie rosemary rowan runge rupert russell sally samuel sander sandra sanne sarah scott \
    sebastian selma severin sharon shaun sheila shirley sidney sidsel signe sigrid sigurd silas \
    simon simone simonsen simpson sivert skovgaard skytte soeren soerensen sofia sofie solveig \
    sonja sophie spencer stanley steen stefan steffen stella stephanie stephen steven stewart \
    storm stuart suleiman sunniva susan susanne sussie suzanne svend svendsen sylvester sylvia \
    tamara tanja taylor tenna teodor terence teresa terese theis theodor theresa thomas thompson \
    thomsen thorbjoern thorkild thorsten thyge tilde timothy tobias torben torkild tracey tracy \
    trevor trine troels trolle turner ulrich ulrik ursula vagner valdemar valentin vanessa verner \
    vernon veronica vibeke victor victoria vigga viggo viktor viktoria vilhelm villads villy \
    vincent violet vivian walker wallace walter walther warren watson wendy werner wesley wilhelm \
    william wilson winnie winston winther yasmin yvette yvonne zachary";

/// Each of them.
pub(super) fn all() -> impl Iterator<Item = &'static str> {
    NAMES.split_ascii_whitespace()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::normalise;

    #[test]
    fn they_are_spelt_as_what_is_heard_is() {
        for name in all() {
            assert_eq!(normalise::words(name), [name]);
        }
    }
}
