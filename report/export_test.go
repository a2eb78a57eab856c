package report

// VerdictText is what tests outside of the package hold reports against.
var VerdictText = verdictText

// Printers are the texts of every language, read once for all tests.
var Printers = printers
