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

import java.nio.file.Path;

import io.github.lockfile.testsupport.Surroundings;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.mock.env.MockEnvironment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class LockLocationTests {

	private final MockEnvironment environment = new MockEnvironment();

	@ParameterizedTest
	@CsvSource({ "file:/run/x.lock, URL", "file:x.lock, URL", "classpath:x.lock, URL", "classpath*:x.lock, URL",
			"C:\\run\\x.lock, Windows", "c:/run/x.lock, Windows", "C:x.lock, Windows", "'\\\\server\\x.lock', Windows",
			"run\\x.lock, Windows", "..\\x.lock, Windows" })
	void refusesWhatIsNotAPathOfThisSystem(String path, String reason) {
		assertThatExceptionOfType(InvalidConfigurationPropertyValueException.class).isThrownBy(() -> of(path))
			.satisfies((ex) -> assertThat(ex.getReason()).contains(reason))
			.satisfies((ex) -> assertThat(ex.getName()).isEqualTo("lockfile.path"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "x.lock", "target/run/x.lock", "../x.lock", "./~x", "/run/a b.lock", "/run/a:b.lock",
			"./file:x", "{3f2504e0-4f89}", "/run/[x]/{x}.lock", "-x", "/run/a__b__c/x.lock", "/run/wow!/x.lock!",
			"/run/a<b.lock", "/run/__init__/x.lock", "/run/a$b.lock", "/run/Outer$Inner.lock", "/run/price-in-$.lock",
			"/run/100%.lock", "/run/50%off.lock", "/run/a%b.lock", "/run/shop%2Forders.lock", "/run/%E5%8D%98.lock",
			"/run/a@b@c.lock", "/run/o'brien/x.lock", "/srv/12\" vinyl/x.lock", "/run/what?.lock", "/run/a~",
			"/home/RUNNER~1/x.lock", "/run/foo\\x2dbar.lock", "/run/(a)/x.lock", "/run/a=b,c;d.lock", "/run/単.lock" })
	void takesWhatMayBeAPath(String path) {
		Surroundings.assumeEncodable(path);
		assertThat(of(path)).isEqualTo(new LockLocation(Path.of(path), false));
	}

	@ParameterizedTest
	@ValueSource(strings = { "C:\\run\\x.lock", "C:/run/x.lock", "\\\\server\\c$\\x.lock", "run\\x.lock",
			"C:\\Users\\RUNNER~1\\x.lock", "C:\\100%\\x.lock" })
	void takesAPathOfWindowsThere(String path) {
		assertThat(LiteralValue.refusal(path)).isNull();
		assertThat(LockLocation.refusal(path, true)).isNull();
	}

	@ParameterizedTest
	@ValueSource(strings = { "C:", "C:shop.lock", "file:x.lock" })
	void refusesAPathOfWindowsThatDependsOnWhereItIsUsed(String path) {
		assertThat(LockLocation.refusal(path, true)).isNotNull();
	}

	@Test
	void hasADefault() {
		assertThat(of(null)).isEqualTo(
				new LockLocation(Path.of(System.getProperty("java.io.tmpdir"), getClass().getName() + ".lock"), true));
	}

	@ParameterizedTest
	@ValueSource(strings = { "spring.pid.file", "spring.pidfile" })
	void refusesAPidFileThatIsTheLockFile(String property) {
		this.environment.setProperty(property, "target/../x.lock");
		assertThatExceptionOfType(InvalidConfigurationPropertyValueException.class).isThrownBy(() -> of("x.lock"))
			.satisfies((ex) -> assertThat(ex.getReason()).contains("already records the process ID"))
			.satisfies((ex) -> assertThat(ex.getName()).isEqualTo(property));
		assertThat(of("y.lock").path()).isEqualTo(Path.of("y.lock"));
	}

	private LockLocation of(@Nullable String path) {
		LockFileProperties properties = new LockFileProperties();
		properties.setPath(path);
		return LockLocation.of(properties, new SpringApplication(getClass()), this.environment);
	}

}
