import java.io.File;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

/** Validates each file against PDF/UA-1: a line "file, tab, passed or rules that failed" for each. */
final class Validate {
    private Validate() {}

    public static void main(String[] names) throws Exception {
        VeraGreenfieldFoundryProvider.initialise();
        PDFAFlavour flavour = PDFAFlavour.PDFUA_1;
        for (String name : names) {
            try (PDFAParser parser = Foundries.defaultInstance().createParser(new File(name), flavour);
                    PDFAValidator validator = Foundries.defaultInstance().createValidator(flavour, false)) {
                ValidationResult result = validator.validate(parser);
                StringBuilder said = new StringBuilder(result.isCompliant() ? "passed" : "failed");
                for (TestAssertion one : result.getTestAssertions()) {
                    if (one.getStatus() == TestAssertion.Status.FAILED) {
                        said.append(" | ").append(one.getRuleId().getClause()).append('-')
                            .append(one.getRuleId().getTestNumber()).append(' ').append(one.getMessage());
                    }
                }
                System.out.println(name + "\t" + said);
            }
        }
    }
}
