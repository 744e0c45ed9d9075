// The settings of the process as a service: titles and scores.

import Testing

@testable import Server

@Suite struct TitleTemplateTests {
    private func expanded(_ template: String) -> String? {
        TitleTemplate.expand(template) { ["a": "one", "none": "", "b-c": "two {a}"][$0] }
    }

    @Test func variablesAreReplaced() {
        #expect(expanded("{a}") == "one")
        #expect(expanded("<{a}{b-c}>") == "<onetwo {a}>")
        #expect(expanded("plain }") == "plain }")
        #expect(expanded("{{a} {{{a}") == "{a} {one")
    }

    @Test func whatIsEmptyLeavesNoSpaceAtTheEnds() {
        #expect(expanded("{none} x {none}") == "x")
        #expect(expanded("x {none} y") == "x  y")
        #expect(expanded("{none} ") == "")
    }

    @Test(arguments: ["{", "x{", "{a", "{}", "{A}", "{a }", "{x}", "{a}{"])
    func whatHasNoEndOrNoValueIsRefused(_ template: String) {
        #expect(expanded(template) == nil)
    }
}

@Suite struct OutOfMemorySettingsTests {
    @Test func scoresStayWithinTheKernels() {
        var settings = OutOfMemorySettings(mode: .relative, values: [300, 0, 0])
        #expect(settings.score(base: 100) == 400)
        #expect(settings.score(base: 900) == 1000)
        settings.mode = .absolute
        #expect(settings.score(base: 900) == 300)
        settings.values[0] = -2000
        #expect(settings.score(base: 0) == -1000)
    }

    @Test func fallingValuesNeedPrivilege() {
        #expect(!OutOfMemorySettings(values: [0, 200, 800]).needsPrivilege)
        #expect(OutOfMemorySettings(values: [0, 200, 100]).needsPrivilege)
    }
}
