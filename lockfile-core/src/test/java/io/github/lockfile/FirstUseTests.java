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

import java.io.BufferedOutputStream;
import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;

import io.github.lockfile.Verification.Status;
import io.github.lockfile.testsupport.Bytes;
import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.HolderProcess;
import io.github.lockfile.testsupport.Outsider;
import io.github.lockfile.testsupport.Shell;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The first lock of a JVM, in surroundings that are short of something.
 */
@Tag("native")
class FirstUseTests extends LockTestCase {

	/**
	 * With classes from an archive that is open already, as applications have them.
	 */
	@ParameterizedTest
	@CsvSource({ "0, true", "0, false", "1, true", "1, false", "2, true", "3, true", "4, true", "5, true" })
	void aFirstUseWithoutDescriptorsIsNotTheLast(int left, boolean acquired) throws IOException {
		Path jar = this.directory.resolve("all.jar");
		archive(jar);
		try (ChildJvm jvm = ChildJvm.start(List.of("sh", "-c", "ulimit -n 128; exec \"$@\"", "sh"), jar.toString(),
				Exhausted.class, this.path, left, !isChannel(), acquired)) {
			assertThat(jvm.awaitExit()).as(jvm.output()).isZero();
			assertThat(jvm.output()).contains("passed");
		}
	}

	private static void archive(Path jar) throws IOException {
		try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(jar));
				JarOutputStream archive = new JarOutputStream(out)) {
			archive.putNextEntry(new JarEntry("META-INF/"));
			archive.putNextEntry(new JarEntry("META-INF/MANIFEST.MF"));
			archive.write("Manifest-Version: 1.0\nMulti-Release: true\n\n".getBytes(StandardCharsets.UTF_8));
			for (Class<?> type : List.of(LockFile.class, FirstUseTests.class)) {
				Path source = Path.of(Outsider.classPathOf(type));
				if (Files.isDirectory(source)) {
					add(archive, source);
				}
				else {
					Path unpacked = Files.createDirectory(jar.resolveSibling("unpacked"));
					Shell.script("cd %s; %s xf %s; rm META-INF/MANIFEST.MF", unpacked,
							Path.of(System.getProperty("java.home"), "bin/jar"), source);
					add(archive, unpacked);
				}
			}
		}
	}

	private static void add(JarOutputStream archive, Path directory) throws IOException {
		try (Stream<Path> files = Files.walk(directory)) {
			for (Path file : files.filter(Files::isRegularFile).toList()) {
				archive.putNextEntry(new JarEntry(directory.relativize(file).toString()));
				Files.copy(file, archive);
			}
		}
	}

	@Test
	void theRootDirectoryNeedNotBeReadable() {
		List<String> prefix = new ArrayList<>(PathFaults.mountNamespace());
		prefix.addAll(List.of("sh", "-ec", """
				root="$0/root"
				mkdir "$root"
				mount -t tmpfs -o mode=711 tmpfs "$root"
				for file in /*; do
					if [ -L "$file" ]; then cp -P "$file" "$root"
					elif [ -d "$file" ]; then mkdir "$root$file"; mount --rbind "$file" "$root$file"
					fi
				done
				chown 12345:12345 "$root"
				chroot "$root" setpriv --bounding-set $1 --inh-caps $1 ls / 2>/dev/null && exit 99
				caps=$1
				shift
				exec chroot "$root" setpriv --bounding-set $caps --inh-caps $caps "$@"
				""", this.directory.toString(), "-dac_override,-dac_read_search"));
		Assumptions.assumeTrue(System.getProperty("user.name").equals("root") && Shell.succeeds("setpriv", "--version"),
				"only root can make another root directory");
		try (ChildJvm holder = HolderProcess.start(prefix, this.path, "{pid}").awaitOutput("acquired")) {
			assertThat(HolderProcess.verify(holder)).contains("status=HELD");
			assertThat(KernelLocks.owners(this.path, Bytes.LOCK))
				.containsExactly(!isChannel() ? "-1" : Long.toString(holder.pid()));
		}
		catch (IOException ex) {
			throw new AssertionError(ex);
		}
	}

	/**
	 * The classes are opened by the JVM.
	 */
	@Test
	void onlyTheLockFileAndProcAreOpened() throws IOException {
		Path opened = this.directory.resolve("opened");
		PathFaults.run(List.of("env", "LD_PRELOAD=" + FaultyLibrary.build("opened-files"), "LOCKFILE_OPENED=" + opened),
				Opened.class, Files.createDirectory(this.directory.resolve("d")).resolve("test.lock"), opened);
		List<String> classPath = List.of(System.getProperty("java.class.path").split(":"));
		assertThat(Files.readAllLines(this.directory.resolve("opened.done"))).isNotEmpty()
			.contains(this.directory.resolve("d/test.lock").toString())
			.allSatisfy((file) -> assertThat(file).satisfiesAnyOf(
					(it) -> assertThat(it).startsWith(this.directory.resolve("d") + "/"),
					(it) -> assertThat(it).startsWith("/proc/"),
					(it) -> assertThat(classPath).anyMatch(it::startsWith)));
	}

	/**
	 * Uses up what it may open before it has looked at a lock file.
	 */
	static final class Exhausted {

		private Exhausted() {
		}

		public static void main(String[] args) throws IOException {
			Path path = Path.of(args[0]);
			ContentTemplate template = ContentTemplate.of("{pid};{hostname};{user};{timestamp}");
			List<FileInputStream> open = new ArrayList<>();
			try {
				while (true) {
					open.add(new FileInputStream("/dev/null"));
				}
			}
			catch (FileNotFoundException ex) {
				// That was the last one.
			}
			for (int i = 0; i < Integer.parseInt(args[1]); i++) {
				open.remove(open.size() - 1).close();
			}
			String first = Boolean.parseBoolean(args[3]) ? attempt(path, template) : NativeLocking.obstacle();
			for (FileInputStream file : open) {
				file.close();
			}
			System.out.println("At first: " + first);
			try (LockFile lock = LockFile.acquire(path, template)) {
				if (lock.verify().status() != Status.HELD || lock.isNative() != Boolean.parseBoolean(args[2])) {
					throw new AssertionError(lock.verify() + " " + lock.whyNotNative());
				}
				System.out.println("passed");
			}
		}

		private static String attempt(Path path, ContentTemplate template) {
			try (LockFile lock = LockFile.acquire(path, template)) {
				return lock.verify().toString();
			}
			catch (LockFileUnavailableException ex) {
				return ex.reason();
			}
		}

	}

	static final class Opened {

		private Opened() {
		}

		public static void main(String[] args) throws IOException {
			Path opened = Files.createFile(Path.of(args[1]));
			for (int i = 0; i < 2; i++) {
				try (LockFile lock = LockFile.acquire(Path.of(args[0]))) {
					if (lock.verify().status() != Status.HELD || lock.isNative() != !isChannel()) {
						throw new AssertionError(lock.whyNotNative());
					}
				}
			}
			// From here on nothing is noted down any more.
			Files.move(opened, Path.of(args[1] + ".done"));
			System.out.println("passed");
		}

	}

}
