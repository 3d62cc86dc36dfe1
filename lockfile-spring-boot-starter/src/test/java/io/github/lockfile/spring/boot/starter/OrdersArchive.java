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
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The classes of the application as a JVM has them in memory: an application that finds
 * them so starts in half the time. Made once for each build, by the first test that
 * starts one.
 *
 * @param classPath the class path of the application
 * @param options the options that use the archive
 */
record OrdersArchive(String classPath, List<String> options) {

	/**
	 * With its default collector, one JVM of five crashes when JDK 17 writes an archive.
	 */
	private static final String COLLECTOR = "-XX:+UseSerialGC";

	private static final Path TARGET = Path.of("target").toAbsolutePath();

	private static final OrdersArchive archive = open();

	static OrdersArchive get() {
		return archive;
	}

	private static OrdersArchive open() {
		String classPath = System.getProperty("java.class.path");
		String build = System.getProperty("build.started");
		if (build == null) {
			return new OrdersArchive(classPath, List.of());
		}
		Path archive = TARGET.resolve("orders-" + build + ".jsa");
		Path classes = TARGET.resolve("orders-" + build + ".jar");
		// A JVM uses an archive only for JARs, and only if its class path starts with the
		// same ones.
		Map<Boolean, List<String>> entries = Arrays.stream(classPath.split(File.pathSeparator))
			.collect(Collectors.partitioningBy((entry) -> entry.endsWith(".jar")));
		String archived = String.join(File.pathSeparator, entries.get(true)) + File.pathSeparator + classes;
		try (FileChannel channel = FileChannel.open(TARGET.resolve("orders.lock"), StandardOpenOption.CREATE,
				StandardOpenOption.WRITE); FileLock otherForksWait = channel.lock()) {
			if (Files.notExists(archive)) {
				write(classes, archive, archived);
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		return new OrdersArchive(archived + File.pathSeparator + String.join(File.pathSeparator, entries.get(false)),
				List.of(COLLECTOR, "-XX:SharedArchiveFile=" + archive));
	}

	private static void write(Path classes, Path archive, String classPath) {
		assertThat(ToolProvider.findFirst("jar")
			.orElseThrow()
			.run(System.out, System.err, "--create", "--file", classes.toString(), "-C",
					TARGET.resolve("test-classes").toString(), "."))
			.isZero();
		try (ApplicationProcess application = Orders
			.start(List.of(), List.of(COLLECTOR, "-XX:ArchiveClassesAtExit=" + archive), classPath,
					archive.resolveSibling(archive.getFileName() + ".lock"))
			.awaitStarted()) {
			application.terminate();
			application.awaitExit();
		}
		assertThat(archive).exists();
	}

}
