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

import java.io.FileInputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;

import io.github.lockfile.Verification.Status;
import io.github.lockfile.testsupport.Bytes;
import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.HolderProcess;
import io.github.lockfile.testsupport.Outsider;
import io.github.lockfile.testsupport.Shell;
import io.github.lockfile.testsupport.Unprivileged;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What a native lock does and a channel's does not. Runs with the built jar, from Java 22
 * on; the tests of the lock that both kinds pass run once more beside it.
 */
@EnabledForJreRange(minVersion = 22, disabledReason = "native locks need Java 22 or later")
@Tag("native")
class NativeLockIT extends LockTestCase {

	private static final ContentTemplate TEMPLATE = ContentTemplate.of("{pid}");

	@Test
	void theTestsOfTheLockRunOnNativeOnes() throws IOException {
		try (LockFile lock = LockFile.acquire(this.path, TEMPLATE, Duration.ZERO, NativeLocking.REQUIRED)) {
			assertThat(lock.whyNotNative()).isEmpty();
			assertThat(lock.isNative()).isTrue();
			String inode = ":" + Files.getAttribute(this.path, "unix:ino") + " ";
			// A look is several reads, and others come and go between them.
			Awaitility.await()
				.untilAsserted(() -> assertThat(Files.readAllLines(Path.of("/proc/locks")))
					.filteredOn((line) -> line.contains(inode))
					.hasSize(2)
					.anyMatch((line) -> line.contains("FLOCK  ADVISORY  WRITE"))
					.anyMatch((line) -> line.contains("OFDLCK ADVISORY  WRITE") && line.endsWith(" 0 " + Bytes.SEAL)));
		}
		try (LockFile lock = LockFile.acquire(this.path)) {
			assertThat(lock.isNative()).isTrue();
		}
	}

	@Test
	void turnedOff() {
		try (LockFile lock = LockFile.acquire(this.path, TEMPLATE, Duration.ZERO, NativeLocking.OFF)) {
			assertThat(lock.isNative()).isFalse();
			assertThat(lock.whyNotNative()).isEqualTo("native locks are turned off");
		}
	}

	@Test
	void aPathThatCannotBeDecodedIsLeftToTheChannel() throws IOException {
		Shell.run("sh", "-c", "touch \"$(printf '%s/\\344.lock' \"$0\")\"", this.directory.toString());
		try (Stream<Path> files = Files.list(this.directory)) {
			Path odd = files.findFirst().orElseThrow();
			try (LockFile lock = LockFile.acquire(odd)) {
				assertThat(lock.whyNotNative()).contains("the path is not text");
				assertThat(Files.size(odd)).isPositive();
			}
		}
		try (Stream<Path> files = Files.list(this.directory)) {
			assertThat(files).hasSize(1);
		}
	}

	/**
	 * Its time of access would be written at each start.
	 */
	@Test
	void readingTheFileLeavesNoTrace() throws IOException {
		Files.writeString(this.path, " left\n");
		FileTime longAgo = FileTime.from(Instant.parse("2001-02-03T04:05:06Z"));
		Files.setAttribute(this.path, "lastAccessTime", longAgo);
		LockFile.acquire(this.path).close();
		assertThat(Files.getAttribute(this.path, "lastAccessTime")).isEqualTo(longAgo);
	}

	@Test
	void theFileOfAnotherUserCanBeLocked() throws IOException {
		Assumptions.assumeTrue(System.getProperty("user.name").equals("root"), "only root can give a file away");
		Files.writeString(this.path, " left\n");
		Files.setAttribute(this.path, "unix:uid", 65534);
		Files.setAttribute(this.path, "unix:mode", 0666);
		try (ChildJvm jvm = HolderProcess.start(Unprivileged.prefix(), this.path, "{pid}", Duration.ZERO,
				NativeLocking.REQUIRED)) {
			jvm.awaitOutput("acquired");
			assertThat(KernelLocks.owners(this.path, Bytes.LOCK)).containsExactly("-1");
		}
	}

	static Stream<Named<DroppedLockTests.Call>> strayCalls() {
		return Stream.of(Named.of("Files.readString", Files::readString),
				Named.of("Files.copy", (path) -> Files.copy(path, path.resolveSibling("copy"))),
				Named.of("FileInputStream", (path) -> new FileInputStream(path.toFile()).close()),
				Named.of("FileInputStream of a hard link",
						(path) -> new FileInputStream(Files.createLink(path.resolveSibling("link"), path).toFile())
							.close()),
				Named.of("RandomAccessFile", (path) -> new RandomAccessFile(path.toFile(), "rw").close()),
				Named.of("FileChannel", (path) -> FileChannel.open(path, StandardOpenOption.WRITE).close()),
				Named.of("FileChannel that tries to lock", (path) -> {
					try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
						assertThat(channel.tryLock()).isNull();
					}
				}), Named.of("FileChannel that locks other bytes", (path) -> {
					try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
						assertThat(channel.tryLock(Bytes.PROBE + 1, 100, false)).isNotNull();
					}
				}),
				Named.of("Files.setLastModifiedTime",
						(path) -> Files.setLastModifiedTime(path, FileTime.from(Instant.EPOCH))),
				Named.of("an attempt on a hard link", (path) -> {
					Path link = Files.createLink(path.resolveSibling("link"), path);
					assertThatExceptionOfType(LockFileHeldException.class).isThrownBy(() -> LockFile.acquire(link));
				}), Named.of("an attempt without native locks", (path) -> refuseACopy(path, NativeLocking.OFF)),
				Named.of("an attempt of a copy of the library", (path) -> refuseACopy(path, NativeLocking.AUTO)));
	}

	/**
	 * Attempts it in a class loader that knows nothing of this one's locks.
	 */
	private static void refuseACopy(Path path, NativeLocking locking) throws IOException {
		URL library = LockFile.class.getProtectionDomain().getCodeSource().getLocation();
		try (URLClassLoader other = new URLClassLoader(new URL[] { library }, ClassLoader.getPlatformClassLoader())) {
			assertThat(attempt(other, path, locking)).hasMessageContaining("this JVM");
		}
	}

	private static Throwable attempt(ClassLoader loader, Path path, NativeLocking locking) {
		try {
			Class<?> template = loader.loadClass(ContentTemplate.class.getName());
			Class<?> kind = loader.loadClass(NativeLocking.class.getName());
			Object lock = loader.loadClass(LockFile.class.getName())
				.getMethod("acquire", Path.class, template, Duration.class, kind)
				.invoke(null, path, template.getMethod("of", String.class).invoke(null, "copy"), Duration.ZERO,
						kind.getMethod("valueOf", String.class).invoke(null, locking.name()));
			return new AssertionError("acquired " + lock);
		}
		catch (ReflectiveOperationException ex) {
			return (ex.getCause() != null) ? ex.getCause() : ex;
		}
	}

	/**
	 * As when a web application is stopped that does not release its lock.
	 */
	@ParameterizedTest
	@EnumSource(value = NativeLocking.class, names = { "REQUIRED", "OFF" })
	void aCopyThatIsCollectedWithoutCloseRefusesInTheNameOfThisJvm(NativeLocking locking) throws Exception {
		WeakReference<ClassLoader> copy = forgetfulCopy(this.path, locking);
		Awaitility.await().until(() -> {
			System.gc();
			return copy.get() == null;
		});
		assertThatExceptionOfType(LockFileHeldException.class).isThrownBy(() -> LockFile.acquire(this.path))
			.returns(true, LockFileHeldException::heldByThisJvm)
			.withMessageContaining("held by this JVM")
			.withMessageMatching("(?s).*(close|releas|restart).*");
	}

	private static WeakReference<ClassLoader> forgetfulCopy(Path path, NativeLocking locking) throws Exception {
		URL library = LockFile.class.getProtectionDomain().getCodeSource().getLocation();
		try (URLClassLoader other = new URLClassLoader(new URL[] { library }, ClassLoader.getPlatformClassLoader())) {
			assertThat(attempt(other, path, locking)).hasMessageStartingWith("acquired");
			return new WeakReference<>(other);
		}
	}

	@ParameterizedTest
	@MethodSource("strayCalls")
	void aStrayCallDropsNothing(DroppedLockTests.Call call) throws IOException {
		try (LockFile lock = LockFile.acquire(this.path); PythonPeer peer = new PythonPeer()) {
			assertThat(lock.isNative()).isTrue();
			call.run(this.path);
			for (String how : List.of("lockf", "first-byte", "flock")) {
				assertThat(peer.takes(how, this.path)).as(how).isFalse();
			}
			assertThat(lock.verify().status()).isEqualTo(Status.HELD);
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "flock", "lockf", "first-byte", "zc.lockfile" })
	void programsInOtherLanguagesAreRefusedAndRefuse(String how) throws IOException {
		PythonPeer.assumeHas(how);
		try (PythonPeer peer = new PythonPeer()) {
			try (LockFile lock = LockFile.acquire(this.path)) {
				assertThat(peer.takes(how, this.path)).isFalse();
				assertThat(this.path).content(StandardCharsets.UTF_8).isEqualTo(" " + lock.content() + "\n");
			}
			assertThat(peer.takes(how, this.path)).isTrue();
			byte[] content = Files.readAllBytes(this.path);
			assertThatExceptionOfType(LockFileHeldException.class).isThrownBy(() -> LockFile.acquire(this.path))
				.satisfies((ex) -> assertThat(ex.heldByThisJvm()).isFalse());
			assertThat(this.path).hasBinaryContent(content);
			peer.releases(how, this.path);
			LockFile.acquire(this.path).close();
		}
	}

	@Test
	void whoHasLockedItWithFlockIsNamed() throws IOException {
		Files.createFile(this.path);
		try (PythonPeer peer = new PythonPeer()) {
			assertThat(peer.takes("flock", this.path)).isTrue();
			assertThatExceptionOfType(LockFileHeldException.class).isThrownBy(() -> LockFile.acquire(this.path))
				.withMessageContaining(
						"by process %d (python3), which has locked it with flock(2)".formatted(peer.pid()));
			assertThat(peer.takes("lockf", this.path)).as("the other lock is left").isTrue();
		}
	}

	@Test
	void theCommandFlockIsRefusedAndRefuses() throws Exception {
		try (LockFile lock = LockFile.acquire(this.path)) {
			assertThat(Shell.succeeds("flock", "-n", this.path.toString(), "true")).isFalse();
			assertThat(Shell.succeeds("flock", "-ns", lock.path().toString(), "true")).isFalse();
		}
		Process flock = new ProcessBuilder("flock", this.path.toString(), "sh", "-c", "echo locked; exec cat").start();
		try {
			assertThat(flock.inputReader().readLine()).isEqualTo("locked");
			assertThatExceptionOfType(LockFileHeldException.class).isThrownBy(() -> LockFile.acquire(this.path));
		}
		finally {
			flock.getOutputStream().close();
			flock.waitFor();
		}
		LockFile.acquire(this.path).close();
	}

	@ParameterizedTest
	@EnumSource(NativeLocking.class)
	void nativeAndChannelOfTwoProcessesRefuseEachOther(NativeLocking locking) {
		for (NativeLocking second : NativeLocking.values()) {
			try (ChildJvm holder = HolderProcess.start(this.path, "{pid}", Duration.ZERO, locking)
				.awaitOutput("acquired");
					ChildJvm refused = HolderProcess.start(this.path, "{pid}", Duration.ZERO, second)) {
				assertThat(refused.awaitExit()).as("%s after %s", second, locking).isEqualTo(HolderProcess.HELD);
				assertThat(refused.output()).contains("is held by another process. The file says: " + holder.pid());
				holder.send("verify").awaitOutput("status=HELD");
			}
		}
	}

	@ParameterizedTest
	@EnumSource(NativeLocking.class)
	void nativeAndChannelOfOneJvmRefuseEachOther(NativeLocking locking) throws IOException {
		for (NativeLocking second : NativeLocking.values()) {
			try (LockFile lock = LockFile.acquire(this.path, TEMPLATE, Duration.ZERO, locking)) {
				assertThatExceptionOfType(LockFileHeldException.class)
					.isThrownBy(() -> LockFile.acquire(this.path, TEMPLATE, Duration.ZERO, second))
					.satisfies((ex) -> assertThat(ex.heldByThisJvm()).isTrue());
				assertThat(lock.verify().status()).isEqualTo(Status.HELD);
				assertThat(Outsider.isRefused(this.path)).isTrue();
			}
			assertThat(OpenFiles.count(this.path.toString())).isZero();
		}
	}

	@Test
	void refusedAttemptsDropNoLockThatOthersInThisJvmHave() throws IOException {
		try (PythonPeer peer = new PythonPeer();
				FileChannel foreign = FileChannel.open(this.path, StandardOpenOption.CREATE,
						StandardOpenOption.WRITE)) {
			for (long[] range : new long[][] { { 0, Long.MAX_VALUE }, { 0, 1 }, { Bytes.LOCK, 1 }, { 7, 1 } }) {
				try (var lock = foreign.tryLock(range[0], range[1], false)) {
					for (int i = 0; i < 100; i++) {
						assertThatExceptionOfType(LockFileHeldException.class)
							.isThrownBy(() -> LockFile.acquire(this.path))
							.satisfies((ex) -> assertThat(ex.heldByThisJvm()).isTrue());
					}
					assertThat(peer.takes("lockf", this.path)).as(lock.toString()).isFalse();
					assertThat(OpenFiles.count(this.path.toString())).isEqualTo(2);
				}
				LockFile.acquire(this.path).close();
			}
		}
		assertThat(OpenFiles.count(this.path.toString())).isZero();
	}

	/**
	 * Somebody unlocks the descriptor, and a channel of the same JVM takes the lock.
	 */
	@Test
	void oneThatIsLostToAChannelOfItsJvmDoesNotDropThatLock() throws IOException {
		Faults faults = new Faults(this.directory.resolve("faults"));
		try (ChildJvm jvm = ChildJvm.start(faults.prefix(""), System.getProperty("java.class.path"), Loser.class,
				this.path); PythonPeer peer = new PythonPeer()) {
			jvm.awaitOutput("acquired");
			faults.inject("setlk:" + Bytes.FIRST, "DROP-HANG1", 0, 1);
			jvm.send("").awaitOutput("taken");
			faults.clear();
			jvm.awaitOutput("LOST");
			assertThat(peer.takes("lockf", this.path)).isFalse();
		}
	}

	/**
	 * In another JVM.
	 */
	static final class Loser {

		private Loser() {
		}

		public static void main(String[] args) throws Exception {
			Path path = Path.of(args[0]);
			try (LockFile lock = LockFile.acquire(path);
					FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
				assertThat(lock.isNative()).isTrue();
				System.out.println("acquired");
				System.in.read();
				Thread verifier = new Thread(() -> System.out.println(lock.verify().status()));
				verifier.start();
				Awaitility.await()
					.pollInterval(Duration.ofMillis(1))
					.until(() -> channel.tryLock(Bytes.FIRST, Bytes.SEAL + 1, false) != null);
				System.out.println("taken");
				verifier.join();
				System.in.read();
			}
		}

	}

	@Test
	void aRefusedAttemptDoesNotDropTheLockThatACopysChannelHasBesideAnotherProgram() throws IOException {
		Files.createFile(this.path);
		try (PythonPeer first = new PythonPeer();
				PythonPeer second = new PythonPeer();
				FileChannel taker = FileChannel.open(this.path, StandardOpenOption.WRITE)) {
			assertThat(first.takes("first-byte", this.path)).isTrue();
			assertThat(taker.tryLock(Bytes.LOCK, 1, false)).isNotNull();
			assertThatExceptionOfType(LockFileHeldException.class).isThrownBy(() -> LockFile.acquire(this.path));
			first.releases("first-byte", this.path);
			assertThat(second.takes("lockf", this.path)).isFalse();
		}
	}

	@Test
	void aHundredThousandVerificationsUnderContentionFindItHeld() throws IOException {
		try (LockFile lock = LockFile.acquire(this.path);
				ChildJvm waiting = HolderProcess.start(this.path, "{pid}", Duration.ofMinutes(5),
						NativeLocking.REQUIRED);
				ChildJvm channel = HolderProcess.start(this.path, "{pid}", Duration.ofMinutes(5), NativeLocking.OFF);
				PythonPeer peer = new PythonPeer()) {
			for (int i = 0; i < 100_000; i++) {
				assertThat(lock.verify().status()).isEqualTo(Status.HELD);
				if (i % 100 == 0) {
					assertThat(peer.takes((i % 200 == 0) ? "flock" : "lockf", this.path)).isFalse();
				}
			}
			assertThat(waiting.output() + channel.output()).isEmpty();
		}
	}

	@Test
	void aKilledHolderWhoseChildLivesDoesNotBlock() throws Exception {
		Path program = Files.writeString(this.directory.resolve("Parent.java"), """
				import io.github.lockfile.*;
				import java.nio.file.*;
				public class Parent {
					public static void main(String[] args) throws Exception {
						LockFile lock = LockFile.acquire(Path.of(args[0]));
						Process child = new ProcessBuilder("cat").redirectInput(Path.of(args[1]).toFile()).start();
						System.out.println(lock.isNative() + " child " + child.pid() + ".");
						Thread.sleep(Long.MAX_VALUE);
					}
				}
				""");
		Path fifo = this.directory.resolve("fifo");
		Shell.run("mkfifo", fifo.toString());
		try (RandomAccessFile keepsItOpen = new RandomAccessFile(fifo.toFile(), "rw");
				ChildJvm parent = ChildJvm.start(List.of(), System.getProperty("java.class.path"), program.toString(),
						this.path, fifo)) {
			parent.awaitOutput("child ").awaitOutput(".");
			assertThat(parent.output()).startsWith("true");
			String child = parent.output().replaceAll("(?s).*child (\\d+)\\..*", "$1");
			parent.kill();
			assertThat(ProcessHandle.of(Long.parseLong(child))).isPresent();
			LockFile.acquire(this.path).close();
			assertThat(keepsItOpen.getFD().valid()).isTrue();
			assertThat(ProcessHandle.of(Long.parseLong(child))).isPresent();
			Shell.run("kill", child);
		}
	}

	@Test
	void aNumberThatOthersHaveClosedAndReusedIsLeftToThem() throws Exception {
		Path stranger = Files.writeString(this.directory.resolve("stranger"), "precious");
		LockFile lock = LockFile.acquire(this.path);
		try (lock; PythonPeer peer = new PythonPeer()) {
			int number = closeBehind(this.path);
			assertThat(peer.takes("flock", this.path)).as("it is gone, so that this test tests something").isTrue();
			peer.releases("flock", this.path);
			try (FileChannel reused = openAs(number, stranger)) {
				assertThat(lock.verify()).returns(Status.RESTORED, Verification::status);
				assertThat(peer.takes("flock", this.path)).isFalse();
				assertThat(peer.takes("flock", stranger)).isTrue();
				assertThat(lock.verify().status()).isEqualTo(Status.HELD);
				assertThat(reused.size()).isEqualTo(8);
			}
			number = closeBehind(this.path);
			try (FileChannel reused = openAs(number, stranger)) {
				lock.close();
				assertThat(reused.size()).isEqualTo(8);
			}
		}
		assertThat(stranger).content(StandardCharsets.UTF_8).isEqualTo("precious");
		LockFile.acquire(this.path).close();
	}

	private static int closeBehind(Path path) throws Exception {
		try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
			for (Path descriptor : descriptors.toList()) {
				if (Files.exists(descriptor) && Files.readSymbolicLink(descriptor).equals(path)) {
					int number = Integer.parseInt(descriptor.getFileName().toString());
					var libc = Class.forName("io.github.lockfile.DescriptorFile").getDeclaredField("linked");
					libc.setAccessible(true);
					synchronized (JvmLocks.MONITOR) {
						var linked = libc.get(null);
						linked.getClass().getDeclaredMethod("close", int.class).invoke(linked, number);
					}
					return number;
				}
			}
		}
		throw new AssertionError("not open");
	}

	private static FileChannel openAs(int number, Path file) throws IOException {
		List<FileChannel> others = new ArrayList<>();
		try {
			// Each gets the lowest number that is free.
			for (int i = 0; i < 100; i++) {
				FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
				Path descriptor = Path.of("/proc/self/fd/" + number);
				if (Files.exists(descriptor) && Files.readSymbolicLink(descriptor).equals(file)) {
					return channel;
				}
				others.add(channel);
			}
			throw new AssertionError("The number is not free");
		}
		finally {
			for (FileChannel other : others) {
				other.close();
			}
		}
	}

	@Test
	void aTakerThatIsStoppedIsToldFromAHolder() throws Exception {
		LockFile lock = LockFile.acquire(this.path);
		try (lock; ChildJvm taker = stoppedTakerInPlaceOfTheFile()) {
			assertThat(lock.verify()).returns(Status.UNVERIFIED, Verification::status)
				.satisfies((doubt) -> assertThat(doubt.reason()).contains("first byte"));
			taker.kill();
			assertThat(lock.verify().status()).isEqualTo(Status.RESTORED);
		}
	}

	private ChildJvm stoppedTakerInPlaceOfTheFile() throws IOException {
		Path other = Files.createFile(this.directory.resolve("other"));
		ChildJvm taker = StoppedTaker.stop(other);
		Files.move(other, this.path, StandardCopyOption.REPLACE_EXISTING);
		return taker;
	}

	@Test
	void somebodysFlockOnAFileInItsPlaceIsDoubt() throws IOException {
		Path other = Files.createFile(this.directory.resolve("other"));
		try (LockFile lock = LockFile.acquire(this.path); PythonPeer peer = new PythonPeer()) {
			assertThat(peer.takes("flock", other)).isTrue();
			Files.move(other, this.path, StandardCopyOption.REPLACE_EXISTING);
			assertThat(lock.verify()).returns(Status.UNVERIFIED, Verification::status)
				.satisfies((found) -> assertThat(found.reason())
					.contains("process " + peer.pid() + " (python3), which has locked it with flock(2)"));
			peer.releases("flock", other);
			assertThat(lock.verify().status()).isEqualTo(Status.RESTORED);
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "AUTO", "REQUIRED", "OFF" })
	void withoutNativeAccessNothingIsLoadedAndNothingWarned(String locking) throws Exception {
		List<String> lines = runWithoutNativeAccess(locking);
		assertThat(lines).noneMatch((line) -> line.contains("java.lang.foreign.") || line.contains("lockfile.Libc"))
			.noneMatch((line) -> line.startsWith("WARNING"));
		assertThat(lines.get(lines.size() - 1))
			.contains(locking.equals("REQUIRED") ? "cannot be used: a native lock is required, but native access is not"
					+ " enabled, run java with --enable-native-access=ALL-UNNAMED" : "acquired");
	}

	private List<String> runWithoutNativeAccess(String locking) throws Exception {
		Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
				"-Xlog:class+load", "-cp", System.getProperty("java.class.path"), HolderProcess.class.getName(),
				this.path.toString(), "{pid}", "PT0S", locking)
			.redirectErrorStream(true)
			.start();
		process.getOutputStream().close();
		List<String> lines = process.inputReader()
			.lines()
			// What the JVM itself loads at every exit.
			.filter((line) -> line.contains("foreign") || line.contains("lockfile.Libc")
					|| !line.contains("[class,load]"))
			.toList();
		assertThat(process.waitFor()).isEqualTo(locking.equals("REQUIRED") ? HolderProcess.UNAVAILABLE : 0);
		return lines;
	}

}
