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
import java.io.InputStream;
import java.lang.module.ModuleFinder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.stream.Stream;

import com.jayway.jsonpath.DocumentContext;
import com.jayway.jsonpath.JsonPath;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The jars as they were built.
 */
class BuiltJarsIT {

	static final Path CORE = find("lockfile-core");

	static final Path AUTOCONFIGURE = find("lockfile-spring-boot-autoconfigure");

	private static final Path STARTER = find("lockfile-spring-boot-starter");

	private final DocumentContext metadata = JsonPath
		.parse(read(AUTOCONFIGURE, "META-INF/spring-configuration-metadata.json"));

	@Test
	void everyPropertyIsThere() {
		assertThat(this.metadata.<List<String>>read("$.properties[*].name")).containsExactlyInAnyOrder(
				"lockfile.enabled", "lockfile.path", "lockfile.content-template", "lockfile.timeout",
				"lockfile.verify-interval", "lockfile.on-lost", "lockfile.shutdown-timeout", "lockfile.native",
				"lockfile.cluster.enabled", "lockfile.cluster.name", "lockfile.cluster.lease", "lockfile.cluster.url",
				"lockfile.cluster.username", "lockfile.cluster.password", "management.endpoint.lockfile.access",
				"management.endpoint.lockfile.cache.time-to-live", "management.health.lockfile.enabled");
	}

	@Test
	void everyPropertyHasASentenceThatDescribesIt() {
		assertThat(this.metadata.<List<String>>read("$.properties[*].description")).hasSize(17)
			.allSatisfy((description) -> assertThat(description).matches("[A-Z].*\\."));
	}

	@ParameterizedTest
	@CsvSource({ "lockfile.enabled, java.lang.Boolean, true", "lockfile.path, java.lang.String,",
			"lockfile.content-template, java.lang.String, {pid}", "lockfile.timeout, java.time.Duration, 0s",
			"lockfile.verify-interval, java.time.Duration, 1s", "lockfile.shutdown-timeout, java.time.Duration,",
			"lockfile.native, io.github.lockfile.NativeLocking, auto",
			"lockfile.cluster.enabled, java.lang.Boolean, false", "lockfile.cluster.lease, java.time.Duration, 60s",
			"lockfile.cluster.name, java.lang.String,", "lockfile.cluster.url, java.lang.String,",
			"lockfile.on-lost, io.github.lockfile.spring.boot.startup.LockFileProperties$OnLost, report",
			"management.endpoint.lockfile.access, org.springframework.boot.actuate.endpoint.Access, unrestricted",
			"management.endpoint.lockfile.cache.time-to-live, java.time.Duration, 0ms",
			"management.health.lockfile.enabled, java.lang.Boolean, true" })
	void everyPropertyHasItsTypeAndDefault(String name, String type, String defaultValue) {
		Map<String, Object> property = this.metadata
			.<List<Map<String, Object>>>read("$.properties[?(@.name == '%s')]".formatted(name))
			.get(0);
		assertThat(property).containsEntry("type", type);
		assertThat(property.containsKey("defaultValue") ? property.get("defaultValue").toString() : null)
			.isEqualTo(defaultValue);
	}

	@Test
	void editorsAreToldTheValues() {
		assertThat(this.metadata.<List<String>>read("$.hints[?(@.name == 'lockfile.on-lost')].values[*].value"))
			.containsExactly("report", "shutdown");
		assertThat(
				this.metadata.<List<String>>read("$.hints[?(@.name == 'lockfile.content-template')].values[*].value"))
			.contains("{pid}", "{pid};{hostname}");
		assertThat(this.metadata.<List<String>>read("$.hints[*].values[*].description"))
			.allSatisfy((description) -> assertThat(description).endsWith("."));
	}

	@Test
	void everyRegisteredClassIsThere() {
		List<String> imported = read(AUTOCONFIGURE,
				"META-INF/spring/org.springframework.boot.autoconfigure.AutoConfiguration.imports")
			.lines()
			.toList();
		List<String> factories = Stream.of("META-INF/spring.factories", "META-INF/spring/aot.factories")
			.flatMap((file) -> read(AUTOCONFIGURE, file).lines())
			.filter((line) -> line.startsWith("io.github"))
			.map((line) -> line.replaceAll("[,\\\\]", ""))
			.toList();
		assertThat(imported).isNotEmpty();
		assertThat(factories).isNotEmpty();
		assertThat(Stream.of(imported, factories).flatMap(List::stream))
			.allSatisfy((name) -> assertThat(read(AUTOCONFIGURE, name.replace('.', '/') + ".class")).isNotEmpty());
	}

	@Test
	void everyJarIsANamedModuleAndHasTheLicense() throws IOException {
		assertThat(ModuleFinder.of(CORE, AUTOCONFIGURE, STARTER)
			.findAll()
			.stream()
			.map((module) -> module.descriptor().name())).containsExactlyInAnyOrder("io.github.lockfile",
					"io.github.lockfile.spring.boot.autoconfigure", "io.github.lockfile.spring.boot.starter");
		for (Path jar : List.of(CORE, AUTOCONFIGURE, STARTER)) {
			assertThat(read(jar, "META-INF/LICENSE")).contains("Apache License");
		}
	}

	@Test
	void everyJarSaysItsVersion() throws IOException {
		for (Path path : List.of(CORE, AUTOCONFIGURE, STARTER)) {
			try (JarFile jar = new JarFile(path.toFile())) {
				String version = jar.getManifest().getMainAttributes().getValue("Implementation-Version");
				assertThat(path.getFileName().toString()).endsWith("-" + version + ".jar");
			}
		}
	}

	@Test
	void theStarterHasDependenciesOnly() throws IOException {
		try (JarFile jar = new JarFile(STARTER.toFile())) {
			Manifest manifest = jar.getManifest();
			assertThat(manifest.getMainAttributes().getValue("Spring-Boot-Jar-Type")).isEqualTo("dependencies-starter");
			assertThat(jar.stream().filter((entry) -> entry.getName().endsWith(".class"))).isEmpty();
		}
	}

	private static Path find(String name) {
		// The starter's own jar is not on the class path of its tests.
		String pattern = name + "-[0-9.]+(-SNAPSHOT)?\\.jar";
		Stream<Path> candidates = name.endsWith("starter")
				? Arrays.stream(new File("target").listFiles()).map(File::toPath)
				: Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator)).map(Path::of);
		return candidates.filter((path) -> path.getFileName().toString().matches(pattern)).findFirst().orElseThrow();
	}

	private static String read(Path jar, String entry) {
		try (JarFile file = new JarFile(jar.toFile()); InputStream in = file.getInputStream(file.getEntry(entry))) {
			return new String(in.readAllBytes(), StandardCharsets.UTF_8);
		}
		catch (IOException ex) {
			throw new AssertionError(ex);
		}
	}

}
