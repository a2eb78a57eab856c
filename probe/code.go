package probe

// CodeOtherFlag is the finding that a token is registered as another device
// flag than the client connects with. It is the only code that a reader of a
// Diagnosis has to know: in the second table it goes without saying.
const CodeOtherFlag = "WK501"
