package express

var Errtexts = errtexts
