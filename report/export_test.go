package report

// VerdictText is what tests outside of the package hold reports against.
var VerdictText = verdictText
