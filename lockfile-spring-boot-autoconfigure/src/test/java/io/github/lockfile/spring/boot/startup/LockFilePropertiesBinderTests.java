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

package io.github.lockfile.spring.boot.startup;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import io.github.lockfile.spring.boot.failure.StartRefusedException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.core.io.ByteArrayResource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class LockFilePropertiesBinderTests {

	static Stream<List<PropertySource<?>>> inputs() {
		return Stream.of(List.of(variables("LOCKFILE", "/var/lock/subsys/shop")),
				List.of(variables("LOCKFILE", "/var/lock/subsys/shop", "LOCKFILE_TIMEOUT", "5s")),
				List.of(properties("lockfile", "x")), List.of(arguments("lockfile", "x")),
				List.of(arguments("lockfile", "")), List.of(variables("LOCKFILE_ENABLED", "on")),
				List.of(variables("LOCKFILE_ENABLED", "yes")), List.of(variables("LOCKFILE_ENABLED", "1")),
				List.of(variables("LOCKFILE_ENABLED", " true ")), List.of(variables("LOCKFILE_ENABLED", "off")),
				List.of(variables("LOCKFILE_ENABLED", "")), List.of(variables("LOCKFILE_ENABLED", "maybe")),
				List.of(variables("LOCKFILE_CONTENTTEMPLATE", "{hostname}", "LOCKFILE_ONLOST", "SHUTDOWN")),
				List.of(variables("LOCKFILE_CONTENT_TEMPLATE", "{hostname}", "LOCKFILE_VERIFYINTERVAL", "5")),
				List.of(variables("LOCKFILE_FOO", "bar")), List.of(properties("lockfile.foo", "bar")),
				List.of(arguments("lockfile.verifyInterval", "7"), arguments("lockfile.verify_interval", "8")),
				List.of(arguments("lockfile.timeout", "60")), List.of(arguments("lockfile.timeout", "60ms")),
				List.of(arguments("lockfile.timeout", "PT1M")), List.of(arguments("lockfile.timeout", " 5s ")),
				List.of(arguments("lockfile.timeout", Duration.ofSeconds(7))),
				List.of(arguments("lockfile.path", "${where}/x", "where", "/run")),
				List.of(arguments("lockfile.path", "${nowhere}/x")), List.of(arguments("lockfile.path", " /x ")),
				List.of(arguments("lockfile.on-lost", "shut-down")), List.of(arguments("lockfile.on-lost", "Shutdown")),
				List.of(arguments("lockfile.shutdown-timeout", "5")),
				List.of(arguments("lockfile.timeout", "1s"), variables("LOCKFILE_TIMEOUT", "2s")),
				yaml("lockfile: {path: /x, timeout: 5s, content-template: '{pid}'}"), yaml("lockfile: x"),
				yaml("lockfile:"), yaml("lockfile: {content-template: }"));
	}

	@ParameterizedTest
	@MethodSource("inputs")
	void bindsAsBootBindsConfigurationProperties(List<PropertySource<?>> sources) {
		assertThat(ours(sources)).isEqualTo(boots(sources));
	}

	@ParameterizedTest
	@ValueSource(strings = { "lockfile.tiemout", "lockfile.verify.interval", "lockfile.path.x",
			"lockfile.cluster.leese", "lockfile.cluster.name.x", "lockfile.timeout[0]", "lockfile[verify-interval]" })
	void refusesUnknownNames(String name) {
		assertThatExceptionOfType(StartRefusedException.class).isThrownBy(
				() -> bind(List.of(new MapPropertySource("named", map(name, "s3cret", "lockfile.other", "s3cret")))))
			.satisfies((ex) -> assertThat(ex.description()).contains("'" + name + "'", "'lockfile.other'")
				.doesNotContain("s3cret"))
			.satisfies((ex) -> assertThat(ex.getExitCode()).isEqualTo(1))
			.withNoCause();
	}

	@Test
	void knowsTheNamesOfTheClusterLock() throws IOException {
		try (InputStream in = Objects.requireNonNull(
				LockFileProperties.class.getResourceAsStream("/META-INF/spring-configuration-metadata.json"))) {
			String metadata = new String(in.readAllBytes(), StandardCharsets.UTF_8);
			assertThat(Pattern.compile("\"name\": \"lockfile[.]cluster[.](\\w+)\"").matcher(metadata).results())
				.map((found) -> found.group(1))
				.containsExactlyInAnyOrderElementsOf(LockFilePropertiesBinder.CLUSTER_NAMES);
		}
		for (String name : LockFilePropertiesBinder.CLUSTER_NAMES) {
			assertThat(bind(List.of(arguments("lockfile.cluster." + name, "x", "lockfile.timeout", "7s"))).getTimeout())
				.isEqualTo(Duration.ofSeconds(7));
		}
	}

	@Test
	void refusesATemplateThatYamlTakesForAMap() {
		assertThatExceptionOfType(InvalidConfigurationPropertyValueException.class)
			.isThrownBy(() -> bind(yaml("lockfile: {content-template: {hostname: }}")))
			.withMessageContaining("quotes");
	}

	@ParameterizedTest
	@ValueSource(strings = { "path", "timeout", "verify-interval", "on-lost", "shutdown-timeout", "native" })
	void refusesAnEmptyValue(String name) {
		for (Object value : new Object[] { "", "${nowhere:}" }) {
			assertThatExceptionOfType(InvalidConfigurationPropertyValueException.class)
				.isThrownBy(() -> bind(List.of(arguments("lockfile." + name, value))))
				.satisfies((ex) -> assertThat(ex.getName()).isEqualTo("lockfile." + name))
				.withMessageContaining("It is set, but empty");
		}
	}

	@Test
	void takesAnEmptyTemplateAndAnEmptyVariableThatIsNotOurs() {
		assertThat(bind(List.of(arguments("lockfile.content-template", ""))).getContentTemplate()).isEmpty();
		assertThat(bind(List.of(variables("LOCKFILE", ""))).values()).isEqualTo(new LockFileProperties().values());
	}

	@Test
	void doesNotLookAtEmptyValuesIfThereIsNoLock() {
		assertThat(bind(List.of(arguments("lockfile.enabled", "false", "lockfile.path", ""))).isEnabled()).isFalse();
	}

	@Test
	void aShutdownMayTakeLongerThanTheGracefulOneOfBoot() {
		assertThat(shutdownTimeout()).isEqualTo(Duration.ofSeconds(60));
		assertThat(shutdownTimeout("spring.lifecycle.timeout-per-shutdown-phase", "2m"))
			.isEqualTo(Duration.ofSeconds(150));
		assertThat(shutdownTimeout("lockfile.shutdown-timeout", "5")).isEqualTo(Duration.ofSeconds(5));
	}

	private static Duration shutdownTimeout(Object... pairs) {
		Binder binder = Binder.get(environment(List.of(arguments(pairs))));
		return LockFilePropertiesBinder.shutdownTimeout(LockFilePropertiesBinder.bind(binder), binder);
	}

	private static Object ours(List<PropertySource<?>> sources) {
		try {
			return bind(sources).values();
		}
		catch (BindException ex) {
			return refused(ex);
		}
	}

	private static Object boots(List<PropertySource<?>> sources) {
		try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext()) {
			context.setEnvironment(environment(sources));
			context.register(Bound.class);
			context.refresh();
			return context.getBean(LockFileProperties.class).values();
		}
		catch (RuntimeException ex) {
			return (ex.getCause() instanceof BindException bind) ? refused(bind) : ex;
		}
	}

	private static String refused(BindException ex) {
		return "refused: " + ex.getName() + " as " + Objects.requireNonNull(ex.getProperty()).getValue();
	}

	private static LockFileProperties bind(List<PropertySource<?>> sources) {
		return LockFilePropertiesBinder.bind(Binder.get(environment(sources)));
	}

	private static StandardEnvironment environment(List<PropertySource<?>> sources) {
		StandardEnvironment environment = new StandardEnvironment();
		environment.getPropertySources().forEach((source) -> environment.getPropertySources().remove(source.getName()));
		sources.forEach(environment.getPropertySources()::addLast);
		return environment;
	}

	private static PropertySource<?> variables(String... pairs) {
		return new SystemEnvironmentPropertySource(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
				map((Object[]) pairs));
	}

	private static PropertySource<?> properties(Object... pairs) {
		return new MapPropertySource(StandardEnvironment.SYSTEM_PROPERTIES_PROPERTY_SOURCE_NAME, map(pairs));
	}

	private static PropertySource<?> arguments(Object... pairs) {
		return new MapPropertySource("arguments " + List.of(pairs), map(pairs));
	}

	private static List<PropertySource<?>> yaml(String text) {
		try {
			return new ArrayList<>(new YamlPropertySourceLoader().load("yaml",
					new ByteArrayResource(text.getBytes(StandardCharsets.UTF_8))));
		}
		catch (IOException ex) {
			throw new AssertionError(ex);
		}
	}

	private static Map<String, Object> map(Object... pairs) {
		Map<String, Object> map = new LinkedHashMap<>();
		for (int i = 0; i < pairs.length; i += 2) {
			map.put((String) pairs[i], pairs[i + 1]);
		}
		return map;
	}

	@EnableConfigurationProperties(LockFileProperties.class)
	static class Bound {

	}

}
