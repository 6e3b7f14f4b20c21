import java.io.FileInputStream;
import java.util.Map;
import java.util.TreeMap;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

/** Asks veraPDF about each file, for PDF/UA-1 and for PDF/A-2a; prints the rules that fail, and exits 1 if any does. */
public class Validate {
    public static void main(String[] files) throws Exception {
        VeraGreenfieldFoundryProvider.initialise();
        boolean all = files.length > 0;
        for (String file : files) {
            for (PDFAFlavour flavour : new PDFAFlavour[] {PDFAFlavour.PDFUA_1, PDFAFlavour.PDFA_2_A}) {
                try (PDFAParser parser = Foundries.defaultInstance().createParser(new FileInputStream(file), flavour);
                        PDFAValidator validator = Foundries.defaultInstance().createValidator(flavour, false)) {
                    ValidationResult result = validator.validate(parser);
                    all &= result.isCompliant() && result.getTotalAssertions() > 0;
                    System.out.printf("%s: %s %s (%d checks)%n", file, flavour, result.isCompliant() ? "holds" : "FAILS",
                            result.getTotalAssertions());
                    Map<String, String> failed = new TreeMap<>();
                    for (TestAssertion check : result.getTestAssertions()) {
                        if (check.getStatus() == TestAssertion.Status.FAILED) {
                            failed.putIfAbsent(check.getRuleId().getClause() + "-" + check.getRuleId().getTestNumber(),
                                    check.getMessage() + " at " + check.getLocation().getContext());
                        }
                    }
                    failed.forEach((rule, message) -> System.out.println("  " + rule + ": " + message));
                }
            }
        }
        System.exit(all ? 0 : 1);
    }
}
