# exchange-names.pl TO OWN LINK …: lets the names of each pair change places for ever, one of a file or folder, the other
# of a link to TO, which it makes where neither is a link. By renameat2(2) with RENAME_EXCHANGE, neither is ever missing.
use strict;
use POSIX ();
my $renameat2 = (POSIX::uname())[4] eq 'aarch64' ? 276 : 316;
my ($to, @pairs) = @ARGV;
$| = 1;
print "exchanging\n";
while (1) {
  for (my $at = 0; $at < @pairs; $at += 2) {
    my ($own, $link) = @pairs[$at, $at + 1];
    unless (-l $own || -l $link) { unlink($link); symlink($to, $link); }
    syscall($renameat2, -100, "$own", -100, "$link", 2);
  }
}
