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

package io.github.lockfile.spring.boot.starter;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;

import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.HolderProcess;
import io.github.lockfile.testsupport.LockPathTestCase;
import io.github.lockfile.testsupport.Outsider;
import org.awaitility.Awaitility;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An update that replaces the JARs of a running application, from which no class can be
 * loaded any more.
 */
class OverwrittenJarTests extends LockPathTestCase {

	private final List<Path> jars = new ArrayList<>();

	@ParameterizedTest
	@EnumSource(Update.class)
	void doesNotKeepTheWatchFromItsWork(Update update) {
		try (ApplicationProcess instance = start()) {
			// The classes are loaded in the background, in some milliseconds.
			instance.awaitOutput("Loaded what a loss needs");
			this.jars.forEach(update::apply);
			delete(this.path);
			Awaitility.await().until(() -> Files.exists(this.path) && Outsider.isRefused(this.path));
			instance.awaitOutput("has been repaired");
			try (ChildJvm intruder = HolderProcess.holdInPlaceOf(this.path)) {
				assertThat(instance.awaitExit()).as(instance.output()).isEqualTo(75);
				assertThat(instance.output()).contains("is lost: this is no longer the only instance");
				assertThat(intruder.process().isAlive()).isTrue();
			}
		}
	}

	private ApplicationProcess start() {
		String classPath = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
			.map(Path::of)
			.map((entry) -> entry.endsWith("target/classes") ? jar(entry) : entry)
			.map(Path::toString)
			.reduce((one, other) -> one + File.pathSeparator + other)
			.orElseThrow();
		return Orders
			.start(List.of(), List.of(), classPath, this.path, "--spring.main.web-application-type=none",
					"--spring.main.keep-alive=true", "--lockfile.verify-interval=200ms", "--lockfile.on-lost=shutdown",
					"--lockfile.shutdown-timeout=20s", "--logging.level.io.github.lockfile=debug")
			.awaitStarted();
	}

	private Path jar(Path classes) {
		Path jar = this.directory.resolve("library-" + this.jars.size() + ".jar");
		try (OutputStream out = Files.newOutputStream(jar);
				JarOutputStream entries = new JarOutputStream(out);
				Stream<Path> files = Files.walk(classes)) {
			for (Path file : files.filter((each) -> !each.equals(classes)).toList()) {
				boolean directory = Files.isDirectory(file);
				entries.putNextEntry(new JarEntry(classes.relativize(file) + (directory ? "/" : "")));
				if (!directory) {
					Files.copy(file, entries);
				}
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		this.jars.add(jar);
		return jar;
	}

	private static void delete(Path path) {
		try {
			Files.delete(path);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * What becomes of a JAR.
	 */
	enum Update {

		OVERWRITTEN {
			@Override
			void change(Path jar) throws IOException {
				byte[] other = new byte[(int) Files.size(jar)];
				Arrays.fill(other, (byte) 'x');
				Files.write(jar, other, StandardOpenOption.WRITE);
			}
		},

		TRUNCATED {
			@Override
			void change(Path jar) throws IOException {
				Files.write(jar, new byte[0], StandardOpenOption.TRUNCATE_EXISTING);
			}
		},

		REMOVED {
			@Override
			void change(Path jar) throws IOException {
				Files.delete(jar);
			}
		};

		abstract void change(Path jar) throws IOException;

		private void apply(Path jar) {
			try {
				change(jar);
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}

	}

}
