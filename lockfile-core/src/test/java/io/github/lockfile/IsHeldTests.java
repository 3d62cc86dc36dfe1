/*
 * Copyright 2026 the original author or authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *      https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */

package io.github.lockfile;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import io.github.lockfile.testsupport.Bytes;
import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.Foreign;
import io.github.lockfile.testsupport.HolderProcess;
import io.github.lockfile.testsupport.Outsider;
import io.github.lockfile.testsupport.Shell;
import io.github.lockfile.testsupport.Unprivileged;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Whether a lock file is held, asked by anybody who may read it: with the main class of
 * the library, and with the programs for scripts that the documentation has.
 */
@Tag("native")
class IsHeldTests extends LockTestCase {

	private static final int HELD = HolderProcess.HELD, FREE = 0, UNREADABLE = 73;

	private static final String MAIN = "io.github.lockfile.IsHeld";

	private static final String PYTHON = """
			import fcntl, struct, sys
			try:
			    with open(sys.argv[1], "rb") as file:
			        asked = struct.pack("hhqqi4x", fcntl.F_RDLCK, 0, 0, (1 << 20) + 2, 0)
			        found = struct.unpack("hhqqi4x", fcntl.fcntl(file, fcntl.F_GETLK, asked))
			    sys.exit(0 if found[0] == fcntl.F_UNLCK else 75)
			except FileNotFoundError:
			    sys.exit(0)
			except OSError as ex:
			    print(ex, file=sys.stderr)
			    sys.exit(73)
			""";

	private static final String PERL = """
			open(my $file, "<", $ARGV[0]) or exit($!{ENOENT} ? 0 : 73);
			my $lock = pack("s s x4 q q l x4", F_RDLCK, 0, 0, (1 << 20) + 2, 0);
			fcntl($file, F_GETLK, $lock) or exit 73;
			exit((unpack("s", $lock))[0] == F_UNLCK ? 0 : 75);
			""";

	/**
	 * Who asks.
	 */
	enum Asker {

		JAVA, PYTHON, PERL;

		Answer ask(List<String> prefix, Path path) {
			Assumptions.assumeTrue(
					this == JAVA || Shell.succeeds("sh", "-c", "command -v " + ((this == PERL) ? "perl" : "python3")),
					"not installed");
			try (ChildJvm program = start(prefix, path)) {
				int exitCode = program.awaitExit();
				return new Answer(exitCode, program.output());
			}
		}

		private ChildJvm start(List<String> prefix, Path path) {
			if (this == JAVA) {
				return ChildJvm.start(prefix, System.getProperty("java.class.path"), MAIN, path);
			}
			List<String> command = new ArrayList<>(prefix);
			command.addAll((this == PYTHON) ? List.of("python3", "-c", IsHeldTests.PYTHON)
					: List.of("perl", "-MFcntl", "-MErrno", "-e", IsHeldTests.PERL));
			return ChildJvm.startProgram(command, path);
		}

		void answers(Path path, int exitCode, String... words) {
			answers(List.of(), path, exitCode, words);
		}

		void answers(List<String> prefix, Path path, int exitCode, String... words) {
			Answer answer = ask(prefix, path);
			assertThat(answer.exitCode()).as(answer.output()).isEqualTo(exitCode);
			if (this == JAVA) {
				if (exitCode != UNREADABLE) {
					assertThat(answer.output()).containsIgnoringCase((exitCode == HELD) ? "held" : "free");
				}
				assertThat(List.of(words)).allSatisfy((word) -> assertThat(answer.output()).contains(word));
			}
		}

	}

	record Answer(int exitCode, String output) {

	}

	@ParameterizedTest
	@EnumSource
	void aHolderHoldsUntilItReleases(Asker asker) throws IOException {
		for (NativeLocking locking : List.of(NativeLocking.AUTO, NativeLocking.OFF)) {
			for (String template : List.of("{pid};orders", "")) {
				try (ChildJvm holder = HolderProcess.start(this.path, template, Duration.ZERO, locking)
					.awaitOutput("acquired")) {
					String content = template.isEmpty() ? "" : holder.pid() + ";orders";
					Map<String, Object> before = attributes();
					String locks = locks();
					asker.answers(this.path, HELD, content);
					asker.answers(this.path, HELD, content);
					assertThat(attributes()).isEqualTo(before);
					assertThat(locks()).isEqualTo(locks);
					assertThat(HolderProcess.verify(holder)).contains("status=HELD");
					asker.answers(this.path, HELD, content);
					holder.send("close").awaitOutput("closed");
					asker.answers(this.path, FREE, content);
				}
				Files.delete(this.path);
			}
		}
	}

	@ParameterizedTest
	@EnumSource
	void aHolderThatIsKilledHoldsNothing(Asker asker) {
		try (ChildJvm holder = HolderProcess.hold(this.path, "{pid}")) {
			asker.answers(this.path, HELD, "" + holder.pid());
			holder.kill();
			asker.answers(this.path, FREE, "" + holder.pid());
		}
	}

	@ParameterizedTest
	@EnumSource
	void aHolderThatIsStoppedHolds(Asker asker) {
		try (ChildJvm holder = HolderProcess.hold(this.path, "{pid}")) {
			Shell.run("kill", "-STOP", Long.toString(holder.pid()));
			asker.answers(this.path, HELD, "" + holder.pid());
		}
	}

	@ParameterizedTest
	@EnumSource
	void nothingIsFreeAndNotCreated(Asker asker) throws IOException {
		asker.answers(this.path, FREE);
		asker.answers(this.directory.resolve("missing/test.lock"), FREE);
		assertThat(this.directory).isEmptyDirectory();
	}

	@ParameterizedTest
	@EnumSource
	void aFreeFileIsLeftAsItIs(Asker asker) throws IOException {
		for (String content : List.of(" 4711\n", "", "4711\n", "\0\0\0\0", "server.port=8080\nname=x\n",
				"x".repeat(100_000))) {
			Files.writeString(this.path, content);
			Map<String, Object> before = attributes();
			asker.answers(this.path, FREE);
			assertThat(attributes()).isEqualTo(before);
			assertThat(this.path).hasBinaryContent(content.getBytes(StandardCharsets.UTF_8));
			assertThat(locks()).isEmpty();
		}
	}

	@ParameterizedTest
	@EnumSource
	void linksAreFollowed(Asker asker) throws IOException {
		Path real = Files.createDirectory(this.directory.resolve("run")).resolve("test.lock");
		Path link = Files.createSymbolicLink(this.directory.resolve("var-run"), real.getParent()).resolve("test.lock");
		Path file = Files.createSymbolicLink(this.directory.resolve("link.lock"), Path.of("var-run/test.lock"));
		asker.answers(link, FREE);
		asker.answers(file, FREE);
		assertThat(real).doesNotExist();
		try (ChildJvm holder = HolderProcess.hold(link, "{pid}")) {
			for (Path path : List.of(real, link, file, Files.createLink(this.directory.resolve("hard.lock"), real))) {
				asker.answers(path, HELD, "" + holder.pid());
			}
			assertThat(HolderProcess.verify(holder)).contains("status=HELD");
		}
		asker.answers(link, FREE);
		asker.answers(file, FREE);
	}

	@ParameterizedTest
	@EnumSource
	void anotherUserMayOnlyReadTheFile(Asker asker) throws IOException {
		List<String> prefix = unprivileged();
		Shell.script("echo ' old' > %1$s; chmod 644 %1$s; chown 12345 %1$s", this.path);
		List<String> writing = new ArrayList<>(prefix);
		writing.addAll(List.of("sh", "-c", ": >> \"$0\"", this.path.toString()));
		assertThat(Shell.succeeds(writing.toArray(String[]::new))).as("may write to it").isFalse();
		asker.answers(prefix, this.path, FREE, "old");
		try (ChildJvm holder = HolderProcess.hold(this.path, "{pid}")) {
			asker.answers(prefix, this.path, HELD, "" + holder.pid());
			assertThat(HolderProcess.verify(holder)).contains("status=HELD");
		}
		asker.answers(prefix, this.path, FREE);
	}

	@ParameterizedTest
	@EnumSource
	void whoMayNotReadTheFileIsToldSo(Asker asker) throws IOException {
		List<String> prefix = unprivileged();
		Path closed = Files.createDirectory(this.directory.resolve("closed"));
		for (Path path : List.of(this.path, closed.resolve("test.lock"))) {
			try (ChildJvm holder = HolderProcess.hold(path, "{pid}")) {
				Shell.script("chmod 600 %1$s; chown 12345 %1$s; chmod 700 %2$s; chown 12345 %2$s", path, closed);
				asker.answers(prefix, path, UNREADABLE);
				assertThat(holder.process().isAlive()).isTrue();
			}
		}
		asker.answers(prefix, closed.resolve("missing.lock"), UNREADABLE);
	}

	@ParameterizedTest
	@EnumSource
	void aProcessInAContainerIsToldTheSame(Asker asker) {
		List<String> prefix = List.of("unshare", "--pid", "--fork", "--mount-proc", "--kill-child");
		List<String> test = new ArrayList<>(prefix);
		test.add("true");
		Assumptions.assumeTrue(Shell.succeeds(test.toArray(String[]::new)), "no namespace of processes can be made");
		try (ChildJvm holder = HolderProcess.hold(this.path, "{pid}")) {
			asker.answers(prefix, this.path, HELD, "" + holder.pid());
		}
		asker.answers(prefix, this.path, FREE);
	}

	/**
	 * A holder that has lost its mark, a taker, and a program that locks the whole file
	 * have locked it. Who has locked something shared asks, too.
	 */
	@ParameterizedTest
	@CsvSource({ "JAVA, lock, 0, 1, 75", "PYTHON, lock, 0, 1, 75", "PERL, lock, 0, 1, 75", "JAVA, lock, 1048577, 1, 75",
			"PYTHON, lock, 1048577, 1, 75", "PERL, lock, 1048577, 1, 75", "JAVA, lock, 0, 0, 75",
			"PYTHON, lock, 0, 0, 75", "PERL, lock, 0, 0, 75", "JAVA, share, 1048577, 1, 0",
			"PYTHON, share, 1048577, 1, 0", "PERL, share, 1048577, 1, 0", "JAVA, share, 0, 1, 0",
			"PYTHON, share, 0, 1, 0", "PERL, share, 0, 1, 0", "JAVA, lock, 1048576, 1, 75",
			"PYTHON, lock, 1048576, 1, 75", "PERL, lock, 1048576, 1, 75", "JAVA, lock, 1048578, 1, 0",
			"PYTHON, lock, 1048578, 1, 0" })
	void whoeverHasTheFirstByteOrTheMarkHolds(Asker asker, String how, long start, long length, int exitCode)
			throws IOException {
		Files.writeString(this.path, " 4711\n");
		try (Foreign foreign = Foreign.start()) {
			assertThat(foreign.ask(how, this.path, start, length)).isEqualTo("locked");
			String locks = locks();
			Answer answer = asker.ask(List.of(), this.path);
			assertThat(answer.exitCode()).as(answer.output()).isEqualTo(exitCode);
			assertThat(locks()).isEqualTo(locks);
		}
	}

	@ParameterizedTest
	@EnumSource
	void askingDisturbsNoHolder(Asker asker) throws Exception {
		try (ChildJvm holder = HolderProcess.hold(this.path, "{pid}")) {
			for (int i = 0; i < 4; i++) {
				try (ChildJvm program = asker.start(List.of(), this.path)) {
					while (program.process().isAlive()) {
						assertThat(HolderProcess.verify(holder)).contains("status=HELD");
					}
					assertThat(program.awaitExit()).as(program.output()).isEqualTo(HELD);
				}
			}
		}
	}

	/**
	 * A holder has one try for it.
	 */
	@Test
	void theLockIsNeverTriedWithoutTheFirstByte() throws IOException {
		Files.writeString(this.path, " 4711\n");
		Faults faults = new Faults(this.directory.resolve("faults"));
		for (long position : new long[] { Bytes.LOCK, Bytes.SEAL }) {
			faults.inject("beyond:" + position, "COUNT", 0, -1);
			Asker.JAVA.answers(faults.prefix(""), this.path, FREE, "4711");
			assertThat(faults.hits() > 0).isEqualTo(position != Bytes.LOCK);
		}
	}

	@Test
	void theAnswerIsTrueWhereLocksAreMandatory() throws IOException {
		try (ChildJvm holder = HolderProcess.hold(this.path, "{pid}")) {
			Asker.JAVA.answers(PathFaults.preload("mandatory"), this.path, HELD, "" + holder.pid());
		}
	}

	@Test
	void aPathToSomethingElseThanAFileIsRefused() {
		Shell.run("mkfifo", this.path.toString());
		Asker.JAVA.answers(this.path, UNREADABLE);
		Asker.JAVA.answers(this.directory, UNREADABLE);
		Shell.run("ln", "-s", "loop", this.directory.resolve("loop").toString());
		Asker.JAVA.answers(this.directory.resolve("loop"), UNREADABLE);
	}

	@Test
	void whatTheFileSaysDoesNothingToATerminal() throws IOException {
		Files.writeString(this.path, " a\u001b[31mb\u202ec\n");
		Answer answer = Asker.JAVA.ask(List.of("env", "LC_ALL=C.UTF-8"), this.path);
		assertThat(answer.exitCode()).isEqualTo(FREE);
		assertThat(answer.output()).doesNotContain("\u001b", "\u202e");
	}

	@Test
	void withoutAPathTheUsageIsShown() {
		try (ChildJvm jvm = ChildJvm.start(List.of(), System.getProperty("java.class.path"), MAIN)) {
			assertThat(jvm.awaitExit()).isEqualTo(64);
			assertThat(jvm.output()).containsIgnoringCase("usage");
		}
	}

	@Test
	void theJarCanBeRun() {
		String library = Outsider.classPathOf(LockFile.class);
		Assumptions.assumeTrue(library.endsWith(".jar"), "there is no jar yet");
		try (ChildJvm holder = HolderProcess.hold(this.path, "{pid}");
				ChildJvm jvm = ChildJvm.startProgram(
						List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-jar", library),
						this.path)) {
			assertThat(jvm.awaitExit()).as(jvm.output()).isEqualTo(HELD);
			assertThat(jvm.output()).contains("" + holder.pid());
		}
	}

	private static List<String> unprivileged() throws IOException {
		Assumptions.assumeTrue(System.getProperty("user.name").equals("root"),
				"only root can give a file to another user");
		return Unprivileged.prefix();
	}

	/**
	 * All but the time of access.
	 */
	private Map<String, Object> attributes() throws IOException {
		Map<String, Object> found = new TreeMap<>(
				Files.readAttributes(this.path, "unix:size,mode,uid,gid,nlink,ino,ctime", LinkOption.NOFOLLOW_LINKS));
		found.put("modified", Files.getLastModifiedTime(this.path));
		return found;
	}

	private String locks() throws IOException {
		StringBuilder locks = new StringBuilder();
		for (long position : new long[] { Bytes.FIRST, Bytes.LOCK, Bytes.SEAL }) {
			List<String> owners = KernelLocks.owners(this.path, position);
			locks.append(owners.isEmpty() ? "" : position + " " + owners + "; ");
		}
		return locks.toString();
	}

}
